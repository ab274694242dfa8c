package org.godwit.machine.scripted;

import static org.godwit.api.savestate.StateField.unsigned;

import java.util.List;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;

/** The program as a device: the table of its fields, and the way from and to a {@link Program}. */
final class ProgramState {
  static final SectionKey KEY = new SectionKey("scripted-program", 0);

  static final StateLayout LAYOUT =
      StateLayout.of(
          "scripted-program",
          1,
          unsigned("seed", 64),
          unsigned("mode", 8),
          unsigned("threads", 32),
          unsigned("working_pages", 64),
          unsigned("filled_pages", 64),
          unsigned("pages_per_second", 64),
          unsigned("line_ms", 32),
          unsigned("next_line", 64),
          unsigned("round", 64).array(Plan.MAX_THREADS),
          unsigned("left", 64).array(Plan.MAX_THREADS),
          unsigned("written", 64).array(Plan.MAX_THREADS),
          unsigned("orders", 32),
          unsigned("order_first", 64).array(Orders.LIMIT),
          unsigned("order_pages", 64).array(Orders.LIMIT));

  private ProgramState() {}

  static StateValues save(Program program) {
    Plan plan = program.plan();
    StateValues values =
        new StateValues()
            .put("seed", plan.seed())
            .put("mode", plan.mode().code())
            .put("threads", plan.threads())
            .put("working_pages", plan.workingPages())
            .put("filled_pages", plan.filledPages())
            .put("pages_per_second", plan.pagesPerSecond())
            .put("line_ms", plan.lineMillis())
            .put("next_line", program.nextLine())
            .put("orders", program.orders().size())
            .put("order_first", program.orders().firsts())
            .put("order_pages", program.orders().counts());
    return saveWalkers(program.walkers(), values);
  }

  private static StateValues saveWalkers(List<Walker> walkers, StateValues values) {
    long[] round = new long[Plan.MAX_THREADS];
    long[] left = new long[Plan.MAX_THREADS];
    long[] written = new long[Plan.MAX_THREADS];
    for (int i = 0; i < walkers.size(); i++) {
      round[i] = walkers.get(i).round();
      left[i] = walkers.get(i).control().left();
      written[i] = walkers.get(i).control().written();
    }
    return values.put("round", round).put("left", left).put("written", written);
  }

  /** Makes the program of loaded values; {@code pages} is what the machine has. */
  static Program load(StateValues values, long pages, Maker maker) throws StateException {
    Plan plan = plan(values);
    String objection = plan.objection(pages);
    Orders orders = new Orders();
    if (objection.isEmpty() && !restoreOrders(values, orders, pages)) {
      objection = "orders outside of " + pages + " pages";
    }
    if (!objection.isEmpty()) {
      throw new StateException(Fault.PEER, "The program's state is impossible: " + objection);
    }
    Program program = maker.make(plan, orders, values.number("next_line"));
    loadWalkers(values, program.walkers());
    return program;
  }

  private static boolean restoreOrders(StateValues values, Orders orders, long pages) {
    long number = values.number("orders");
    return number <= Orders.LIMIT
        && orders.restore(
            (int) number, values.numbers("order_first"), values.numbers("order_pages"), pages);
  }

  private static Plan plan(StateValues values) throws StateException {
    long code = values.number("mode");
    Mode mode =
        Mode.of(code)
            .orElseThrow(
                () -> new StateException(Fault.PEER, "Mode " + code + " of a program is unknown"));
    return new Plan(
        values.number("seed"),
        mode,
        values.number("working_pages"),
        values.number("filled_pages"),
        (int) Math.min(values.number("threads"), Integer.MAX_VALUE),
        values.number("pages_per_second"),
        (int) Math.min(values.number("line_ms"), Integer.MAX_VALUE));
  }

  private static void loadWalkers(StateValues values, List<Walker> walkers) throws StateException {
    for (int i = 0; i < walkers.size(); i++) {
      long round = values.numbers("round")[i];
      long left = values.numbers("left")[i];
      if (round < 1 || left < 0 || left > walkers.get(i).pages()) {
        throw new StateException(
            Fault.PEER,
            "Thread %d of the program has %d of %d pages left in round %d"
                .formatted(i, left, walkers.get(i).pages(), round));
      }
      walkers.get(i).restore(round, left, values.numbers("written")[i]);
    }
  }

  /** Makes a program over the machine's memory. */
  @FunctionalInterface
  interface Maker {
    Program make(Plan plan, Orders orders, long nextLine);
  }
}
