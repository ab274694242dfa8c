package org.godwit.machine.mapped;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.WorkListener;

/** Compares pages of a block with what a guest program must have written. Used by one thread. */
public final class PageCheck {
  private static final int WORDS = DirtyLog.PAGE_SIZE / Long.BYTES;

  /** Pages between two calls of the listener: 16 MiB. */
  private static final long STEP = 4096;

  private final MappedBlock block;
  private final MemorySegment memory;
  private final WorkListener listener;
  private long checked;
  private long wrong;
  private Optional<String> difference = Optional.empty();

  /**
   * Nothing is compared yet.
   *
   * @param block the block
   * @param listener is told how far the check has come
   * @throws MachineException if pages can be absent at the moment
   */
  public PageCheck(MappedBlock block, WorkListener listener) throws MachineException {
    this.block = block;
    this.memory = block.whole("check memory");
    this.listener = listener;
  }

  /**
   * A page that the program never wrote.
   *
   * @param page its number
   */
  public void untouched(long page) {
    advance();
    if (!PageContent.zero(memory, offset(page))) {
      wrong(page, 0, "is not zero, the program never wrote it");
    }
  }

  /**
   * A page that one round of the program wrote.
   *
   * @param page its number
   * @param round the round, for the message
   * @param key key of the round
   */
  public void written(long page, long round, long key) {
    advance();
    words(page, round, key, 0, WORDS);
  }

  /**
   * A page that the program was in the middle of.
   *
   * @param page its number
   * @param words how many words the later round had written
   * @param round the earlier round; the later one is the next
   * @param before key of the earlier round
   * @param after key of the later round
   */
  public void partial(long page, int words, long round, long before, long after) {
    advance();
    words(page, round + 1, after, 0, words);
    words(page, round, before, words, WORDS);
  }

  private void words(long page, long round, long key, int from, int to) {
    long first = PageContent.first(key, page);
    int word = PageContent.compare(memory, offset(page), first, from, to);
    if (word < to) {
      long right = first + word * PageContent.STEP;
      long found = PageContent.word(memory, offset(page), word);
      wrong(page, word, "is %016x, round %d wrote %016x".formatted(found, round, right));
    }
  }

  /**
   * A page that is compared with a copy.
   *
   * @param page its number
   * @param copy memory that holds the copy at the same offset
   * @param what what to say of a page that differs
   */
  public void same(long page, MemorySegment copy, String what) {
    advance();
    long at = offset(page);
    long end = at + DirtyLog.PAGE_SIZE;
    if (MemorySegment.mismatch(memory, at, end, copy, at, end) >= 0) {
      wrong(page, 0, what);
    }
  }

  private void advance() {
    checked++;
    if (checked % STEP == 0) {
      listener.advanced(checked * DirtyLog.PAGE_SIZE, block.length());
    }
  }

  private void wrong(long page, int word, String what) {
    wrong++;
    if (difference.isEmpty()) {
      long at = offset(page) + word * (long) Long.BYTES;
      difference = Optional.of("Block %s offset 0x%x %s".formatted(block.name(), at, what));
    }
  }

  /**
   * What was found.
   *
   * @param rounds complete rounds of the program
   * @return the proof of the pages that were compared
   */
  public MemoryProof proof(long rounds) {
    return new MemoryProof(checked, wrong, rounds, difference);
  }

  private static long offset(long page) {
    return page * DirtyLog.PAGE_SIZE;
  }
}
