package org.godwit.wire;

import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/**
 * What the receiving machine is, as far as the configuration section tells about the sender
 * (stream-format 2.2). Immutable.
 *
 * @param machineType name of the machine type
 * @param acceptPrefix whether a received strict prefix of that name is good enough, as for QEMU
 * @param pageBits target page bits
 * @param smallestPageBits page bits assumed when the stream does not tell them
 * @param capabilities names of the capabilities that are on
 * @param uuid UUID, when the machine has one
 */
public record LocalMachine(
    String machineType,
    boolean acceptPrefix,
    int pageBits,
    int smallestPageBits,
    Set<String> capabilities,
    Optional<UUID> uuid) {

  /** Capabilities whose state must be the same on both sides. */
  public static final Set<String> VALIDATED = Set.of("x-ignore-shared", "mapped-ram");

  /** Copies the set. */
  public LocalMachine {
    capabilities = Set.copyOf(capabilities);
  }

  /**
   * An x86 machine without capabilities and UUID.
   *
   * @param machineType name of the machine type
   */
  public static LocalMachine of(String machineType) {
    return new LocalMachine(machineType, false, 12, 12, Set.of(), Optional.empty());
  }

  /** The same, content with a prefix of its name. */
  public LocalMachine acceptingPrefix() {
    return new LocalMachine(machineType, true, pageBits, smallestPageBits, capabilities, uuid);
  }

  /**
   * The same with capabilities.
   *
   * @param names names of the capabilities that are on
   */
  public LocalMachine withCapabilities(Set<String> names) {
    return new LocalMachine(machineType, acceptPrefix, pageBits, smallestPageBits, names, uuid);
  }

  /**
   * Compares a received configuration with this machine.
   *
   * @param received content of the configuration section
   * @param offset stream offset of the section, for the error
   * @throws WireException of kind {@code MACHINE} or {@code CAPABILITY} when it does not fit
   */
  public void check(Configuration received, long offset) throws WireException {
    checkType(received.machineType(), offset);
    checkPageBits(received.pageBits(), offset);
    checkCapabilities(received, offset);
    if (uuid.isPresent() && received.uuid().isPresent() && !uuid.equals(received.uuid())) {
      throw machineFault(offset, "UUID " + received.uuid().get(), "UUID " + uuid.get());
    }
  }

  private void checkType(String type, long offset) throws WireException {
    boolean prefix = acceptPrefix && !type.isEmpty() && machineType.startsWith(type);
    if (!type.equals(machineType) && !prefix) {
      throw machineFault(
          offset, "machine type \"" + type + "\"", "machine type \"" + machineType + "\"");
    }
  }

  private void checkPageBits(OptionalInt bits, long offset) throws WireException {
    if (bits.orElse(smallestPageBits) != pageBits) {
      throw machineFault(
          offset, "target page bits " + bits.orElse(smallestPageBits), "" + pageBits);
    }
  }

  private void checkCapabilities(Configuration received, long offset) throws WireException {
    for (String name : received.capabilities()) {
      if (!VALIDATED.contains(name) || !capabilities.contains(name)) {
        throw new WireException(
            WireException.Kind.CAPABILITY,
            offset,
            "capability \"" + name + "\" on at the sender",
            "off, as it is at this side");
      }
    }
    Set<String> missing = new HashSet<>(VALIDATED);
    missing.retainAll(capabilities);
    received.capabilities().forEach(missing::remove);
    if (!missing.isEmpty()) {
      throw new WireException(
          WireException.Kind.CAPABILITY,
          offset,
          "capabilities " + missing + " off at the sender",
          "on, as they are at this side");
    }
  }

  private static WireException machineFault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.MACHINE, offset, found, allowed);
  }
}
