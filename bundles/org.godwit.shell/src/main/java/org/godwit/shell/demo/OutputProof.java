package org.godwit.shell.demo;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a guest's output went on without a gap or a repeat: the text of the source followed by
 * that of the destination has lines whose last numbers grow by one.
 *
 * @param lines whole lines that were compared
 * @param first number of the first line
 * @param atSource number of the last line that was complete at the source
 * @param last number of the last line
 * @param fault what is wrong, empty if nothing is
 */
record OutputProof(long lines, long first, long atSource, long last, Optional<String> fault) {
  private static final Pattern LAST_NUMBER = Pattern.compile("(\\d+)\\D*$");

  /** Compares; neither text is complete where a line was cut at its end. */
  static OutputProof of(String atSource, String atDestination) {
    List<Long> numbers = numbers(atSource + atDestination);
    List<Long> source = numbers(atSource);
    if (numbers.size() < 2) {
      return new OutputProof(numbers.size(), -1, -1, -1, Optional.of("the guest wrote nothing"));
    }
    return new OutputProof(
        numbers.size(),
        numbers.getFirst(),
        source.isEmpty() ? -1 : source.getLast(),
        numbers.getLast(),
        fault(numbers, source.size()));
  }

  /** Whether output went on at the destination as it must. */
  boolean holds() {
    return fault.isEmpty();
  }

  private static Optional<String> fault(List<Long> numbers, int atSource) {
    for (int i = 1; i < numbers.size(); i++) {
      long expected = numbers.get(i - 1) + 1;
      if (numbers.get(i) != expected) {
        String word = numbers.get(i) < expected ? "repeats" : "has a gap";
        return Optional.of(
            "output %s: line %d follows line %d"
                .formatted(word, numbers.get(i), numbers.get(i - 1)));
      }
    }
    return numbers.size() > atSource
        ? Optional.empty()
        : Optional.of("the guest wrote nothing at the destination");
  }

  /** Last numbers of whole lines. */
  private static List<Long> numbers(String text) {
    int end = text.lastIndexOf('\n');
    return Arrays.stream(text.substring(0, end + 1).split("\r?\n|\r", -1))
        .map(LAST_NUMBER::matcher)
        .filter(Matcher::find)
        .map(matcher -> Long.parseLong(matcher.group(1)))
        .toList();
  }
}
