package org.godwit.api.savestate;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/** How a destination in postcopy asks its source for pages. Thread-safe. */
@ProviderType
public interface PageRequests {
  /**
   * Asks for pages (REQ_PAGES_ID or REQ_PAGES). There is no answer but the pages.
   *
   * @param block name of the block
   * @param offset first byte, aligned to the block's page size
   * @param length bytes, a multiple of it
   * @throws IOException if the connection is broken; the request is repeated after a recovery
   */
  void request(String block, long offset, long length) throws IOException;

  /**
   * Absent pages are not reported any more, although some are absent: the guest has to be stopped
   * until all have arrived.
   *
   * @param reason a sentence
   */
  void untrapped(String reason);
}
