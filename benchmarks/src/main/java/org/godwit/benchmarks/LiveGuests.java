package org.godwit.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.godwit.machine.qemu.QemuMigrationInfo;

/**
 * Guests that run while they move: {@code godwit demo} with a guest that writes and with an idle
 * one that keeps to 16 MiB, beside an idle guest of QEMU, whose firmware found nothing to boot:
 * both have hardly anything but zeros.
 */
final class LiveGuests {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> GODWIT = List.of("kvm", "scripted");

  /** One migration. */
  private record Move(double milliseconds, double downtime, double megabits) {}

  private final Path qemu;
  private final long memory;
  private final Map<String, List<Move>> moves = new LinkedHashMap<>();

  LiveGuests(Path qemu, long memory) {
    this.qemu = qemu;
    this.memory = memory;
  }

  /** One round. */
  void round(String uri) throws IOException, InterruptedException {
    note("QEMU → QEMU, idle", idleQemu(uri));
    for (String guest : GODWIT) {
      note("Godwit → Godwit, " + guest + ", idle", demo(guest, "rate=1000", "working-set=16M"));
      note("Godwit → Godwit, " + guest + ", 20,000 pages/s", demo(guest, "rate=20000"));
    }
  }

  private void note(String what, Move move) {
    System.err.printf(
        "%s: %.0f ms, downtime %.0f ms%n", what, move.milliseconds(), move.downtime());
    moves.computeIfAbsent(what, _ -> new ArrayList<>()).add(move);
  }

  private Move idleQemu(String uri) throws IOException, InterruptedException {
    try (QemuEnd destination = QemuEnd.destination(qemu, memory, uri);
        QemuEnd source = QemuEnd.running(qemu, memory)) {
      Thread.sleep(2000); // until the firmware has given up
      QemuMigrationInfo info = source.move(uri);
      destination.awaitArrival();
      return new Move(
          info.totalTime().toMillis(), info.downtime().toMillis(), info.megabitsPerSecond());
    }
  }

  private Move demo(String guest, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Checkout.root().resolve("godwit").toString());
    command.addAll(List.of("demo", "--json", "--guest=" + guest));
    command.add("--memory=" + (memory >> 20) + "M");
    for (String option : options) {
      command.addAll(List.of("-o", option));
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    JsonNode said = JSON.readTree(process.getInputStream());
    if (process.waitFor() != 0) {
      throw new IOException("godwit demo: " + said);
    }
    JsonNode moved = said.path("migration");
    return new Move(
        moved.path("total-time").asDouble(),
        moved.path("x-godwit-downtime").path("total-us").asDouble() / 1000,
        moved.path("ram").path("mbps").asDouble());
  }

  /** Prints a table in Markdown. */
  void print(PrintStream out) {
    out.printf("%n### Live guests of %d MiB%n%n", memory >> 20);
    out.println("| guest | time ms | downtime ms (least–most) | Mbit/s |");
    out.println("|---|---|---|---|");
    moves.forEach(
        (what, all) -> {
          double[] down = all.stream().mapToDouble(Move::downtime).sorted().toArray();
          double[] time = all.stream().mapToDouble(Move::milliseconds).sorted().toArray();
          double[] rate = all.stream().mapToDouble(Move::megabits).sorted().toArray();
          out.printf(
              "| %s | %.0f | %.1f (%.1f–%.1f) | %.0f |%n",
              what,
              Report.median(time),
              Report.median(down),
              Arrays.stream(down).min().orElse(0),
              Arrays.stream(down).max().orElse(0),
              Report.median(rate));
        });
  }
}
