package org.godwit.api.migration;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Parameters with QEMU's names, types, ranges and defaults (precopy engine, section 6.1), and
 * Godwit's own, whose names begin with {@code x-godwit-}.
 */
@SuppressWarnings("ImmutableEnumChecker") // defaults and choices are Long, Boolean, String, List.of
public enum Parameter {
  /** First delay of self announcement. */
  ANNOUNCE_INITIAL("announce-initial", Unit.MILLISECONDS, 50, 0, 100_000),
  /** Longest delay of self announcement. */
  ANNOUNCE_MAX("announce-max", Unit.MILLISECONDS, 550, 0, 100_000),
  /** Rounds of self announcement. */
  ANNOUNCE_ROUNDS("announce-rounds", Unit.COUNT, 5, 0, 1000),
  /** Step of the delay of self announcement. */
  ANNOUNCE_STEP("announce-step", Unit.MILLISECONDS, 100, 1, 10_000),
  /** Share of dirtied to sent bytes that counts as not converging. */
  THROTTLE_TRIGGER_THRESHOLD("throttle-trigger-threshold", Unit.PERCENT, 50, 1, 100),
  /** First step of throttling. */
  CPU_THROTTLE_INITIAL("cpu-throttle-initial", Unit.PERCENT, 20, 1, 99),
  /** Further steps of throttling. */
  CPU_THROTTLE_INCREMENT("cpu-throttle-increment", Unit.PERCENT, 10, 1, 99),
  /** Smaller steps towards the end. */
  CPU_THROTTLE_TAILSLOW("cpu-throttle-tailslow", false),
  /** Strongest throttling. */
  MAX_CPU_THROTTLE("max-cpu-throttle", Unit.PERCENT, 99, 1, 99),
  /** Directory (QEMU: object id) of TLS credentials. */
  TLS_CREDS("tls-creds", ""),
  /** Name to verify instead of the one in the URI. */
  TLS_HOSTNAME("tls-hostname", ""),
  /** Authorization object. */
  TLS_AUTHZ("tls-authz", ""),
  /** Rate limit of precopy; 0 is unlimited. */
  MAX_BANDWIDTH("max-bandwidth", Unit.BYTES_PER_SECOND, 128L << 20, 0, Long.MAX_VALUE),
  /** Bandwidth to assume for the switchover decision; 0 means measured. */
  AVAIL_SWITCHOVER_BANDWIDTH(
      "avail-switchover-bandwidth", Unit.BYTES_PER_SECOND, 0, 0, Long.MAX_VALUE),
  /** Downtime that is acceptable. */
  DOWNTIME_LIMIT("downtime-limit", Unit.MILLISECONDS, 300, 0, 2_000_000),
  /** Longest time between COLO checkpoints. */
  CHECKPOINT_DELAY("x-checkpoint-delay", Unit.MILLISECONDS, 20_000, 0, 0xFFFF_FFFFL),
  /** Number of multifd channels. */
  MULTIFD_CHANNELS("multifd-channels", Unit.COUNT, 2, 1, 255),
  /** Compression of multifd. */
  MULTIFD_COMPRESSION("multifd-compression", List.of("none", "zlib", "zstd")),
  /** Level of zlib. */
  MULTIFD_ZLIB_LEVEL("multifd-zlib-level", Unit.COUNT, 1, 0, 9),
  /** Level of zstd. */
  MULTIFD_ZSTD_LEVEL("multifd-zstd-level", Unit.COUNT, 1, 0, 20),
  /** Cache of delta encoding; a power of two. */
  XBZRLE_CACHE_SIZE("xbzrle-cache-size", Unit.BYTES, 64L << 20, 4096, 1L << 40),
  /** Rate limit of postcopy; 0 is unlimited. */
  MAX_POSTCOPY_BANDWIDTH("max-postcopy-bandwidth", Unit.BYTES_PER_SECOND, 0, 0, Long.MAX_VALUE),
  /** Period of the dirty limit measurement. */
  VCPU_DIRTY_LIMIT_PERIOD("x-vcpu-dirty-limit-period", Unit.MILLISECONDS, 1000, 1, 1000),
  /** Quota of a vCPU. */
  VCPU_DIRTY_LIMIT("vcpu-dirty-limit", Unit.MEBIBYTES_PER_SECOND, 1, 1, Long.MAX_VALUE >> 20),
  /** Mode. */
  MODE("mode", List.of("normal")),
  /** Where zero pages are found. */
  ZERO_PAGE_DETECTION("zero-page-detection", List.of("multifd", "legacy", "none")),
  /** Direct input and output of mapped-ram files. */
  DIRECT_IO("direct-io", false),
  /** Longest time to connect. */
  CONNECT_TIMEOUT("x-godwit-connect-timeout", Unit.MILLISECONDS, 10_000, 1, 3_600_000),
  /**
   * Longest time in which a peer may send (or take) less than 1 KiB while bytes are due; 0 is no
   * limit, as QEMU has none.
   */
  STALL_TIMEOUT("x-godwit-stall-timeout", Unit.MILLISECONDS, 0, 0, 86_400_000),
  /**
   * How long two Godwit nodes try to reach each other again when the link breaks while the guest
   * changes its owner; 0 is not at all.
   */
  REDELIVER_TIMEOUT("x-godwit-redeliver-timeout", Unit.MILLISECONDS, 10_000, 0, 3_600_000),
  /** Listening without TLS on an address that is not loopback is allowed. */
  INSECURE("x-godwit-insecure", false),
  /**
   * With {@code postcopy-ram}: the guest goes to the destination at once, before any of its memory
   * (instant restore).
   */
  LAZY("x-godwit-lazy", false),
  /**
   * With {@code postcopy-ram}: after so many passes in a row in which the guest wrote at least as
   * much as was sent, postcopy begins by itself; 0 waits for {@code migrate-start-postcopy}.
   */
  POSTCOPY_AFTER("x-godwit-postcopy-after", Unit.COUNT, 0, 0, 1_000_000),
  /**
   * With {@code x-godwit-lazy}: most bytes of known first pages that are sent before the guest
   * goes; 0 sends none and learns none.
   */
  PREFETCH("x-godwit-prefetch", Unit.BYTES, 64L << 20, 0, Long.MAX_VALUE),
  /**
   * With {@code postcopy-preempt}, at the source: when the second connection is opened. {@code
   * auto} tells it by the machine type; one without a release in its name, such as {@code microvm},
   * needs {@code setup} for a QEMU 7.2 (QEMU: property {@code x-preempt-pre-7-2}).
   */
  PREEMPT_CHANNEL("x-godwit-preempt-channel", List.of("auto", "setup", "switchover")),
  /**
   * With {@code postcopy-ram}, for a machine whose memory outlives its process (an image): the
   * guest runs at the destination already, and waits there since its source ended; only memory that
   * it has not got is sent.
   */
  REJOIN("x-godwit-rejoin", false),
  /** Greatest sum of block sizes that a receiver takes. */
  MAX_RAM("x-godwit-max-ram", Unit.BYTES, 1L << 40, 4096, Long.MAX_VALUE);

  /** Type of a value. */
  public enum Type {
    /** Integer within a range. */
    INTEGER,
    /** True or false ({@code on}, {@code off} are understood). */
    BOOLEAN,
    /** Text. */
    TEXT,
    /** One of {@link Parameter#choices()}. */
    CHOICE
  }

  /** Unit of a number. */
  public enum Unit {
    /** No number. */
    NONE,
    /** A plain count. */
    COUNT,
    /** Per cent. */
    PERCENT,
    /** Milliseconds. */
    MILLISECONDS,
    /** Bytes. */
    BYTES,
    /** Bytes in a second. */
    BYTES_PER_SECOND,
    /** MiB in a second. */
    MEBIBYTES_PER_SECOND
  }

  private final String wireName;
  private final Type type;
  private final Unit unit;
  private final Object defaultValue;
  private final long minimum;
  private final long maximum;
  private final List<String> choices;

  Parameter(String wireName, Unit unit, long defaultValue, long minimum, long maximum) {
    this(wireName, Type.INTEGER, unit, defaultValue, minimum, maximum, List.of());
  }

  Parameter(String wireName, boolean defaultValue) {
    this(wireName, Type.BOOLEAN, Unit.NONE, defaultValue, 0, 0, List.of());
  }

  Parameter(String wireName, String defaultValue) {
    this(wireName, Type.TEXT, Unit.NONE, defaultValue, 0, 0, List.of());
  }

  Parameter(String wireName, List<String> choices) {
    this(wireName, Type.CHOICE, Unit.NONE, choices.getFirst(), 0, 0, choices);
  }

  Parameter(
      String wireName,
      Type type,
      Unit unit,
      Object defaultValue,
      long minimum,
      long maximum,
      List<String> choices) {
    this.wireName = wireName;
    this.type = type;
    this.unit = unit;
    this.defaultValue = defaultValue;
    this.minimum = minimum;
    this.maximum = maximum;
    this.choices = choices;
  }

  /**
   * Name in QMP.
   *
   * @return lower case with dashes
   */
  public String wireName() {
    return wireName;
  }

  /**
   * Type of the value.
   *
   * @return type
   */
  public Type type() {
    return type;
  }

  /**
   * Unit of the value.
   *
   * @return unit, {@link Unit#NONE} if it is no number
   */
  public Unit unit() {
    return unit;
  }

  /**
   * Value in fresh settings.
   *
   * @return a Long, Boolean or String by {@link #type()}
   */
  public Object defaultValue() {
    return defaultValue;
  }

  /**
   * Possible values of a choice.
   *
   * @return empty for other types
   */
  public List<String> choices() {
    return choices;
  }

  /**
   * Finds a parameter by name.
   *
   * @param name QMP name
   * @return empty if there is none
   */
  public static Optional<Parameter> find(String name) {
    return Arrays.stream(values()).filter(p -> p.wireName.equals(name)).findFirst();
  }

  /**
   * Turns text into a value and checks it.
   *
   * @param text as a user gave it; numbers may end in k, M, G or T (powers of 1024)
   * @return a Long, Boolean or String by {@link #type()}
   * @throws IllegalArgumentException with a sentence that names parameter, value and range
   */
  public Object parse(String text) {
    return switch (type) {
      case INTEGER -> parseInteger(text);
      case BOOLEAN -> parseBoolean(text);
      case TEXT -> text;
      case CHOICE -> parseChoice(text);
    };
  }

  private Object parseInteger(String text) {
    long value;
    try {
      value = Sizes.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Parameter %s must be an integer, not \"%s\"".formatted(wireName, text), e);
    }
    if (value < minimum || value > maximum) {
      throw new IllegalArgumentException(
          "Parameter %s must be from %d to %d, not %d"
              .formatted(wireName, minimum, maximum, value));
    }
    if (this == XBZRLE_CACHE_SIZE && Long.bitCount(value) != 1) {
      throw new IllegalArgumentException(
          "Parameter %s must be a power of two, not %d".formatted(wireName, value));
    }
    return value;
  }

  private Object parseBoolean(String text) {
    return switch (text) {
      case "true", "on", "yes" -> true;
      case "false", "off", "no" -> false;
      default ->
          throw new IllegalArgumentException(
              "Parameter %s must be on or off, not \"%s\"".formatted(wireName, text));
    };
  }

  private Object parseChoice(String text) {
    if (!choices.contains(text)) {
      throw new IllegalArgumentException(
          "Parameter %s must be one of %s, not \"%s\"".formatted(wireName, choices, text));
    }
    return text;
  }
}
