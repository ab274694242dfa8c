package org.godwit.coordinator;

import java.util.List;
import jdk.jfr.AnnotationElement;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.EventFactory;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.ValueDescriptor;

/**
 * The kinds of event. They are made by a factory and are no classes of ours: the recorder would
 * weave its own classes into ours, and a bundle does not see those. Thread-safe.
 */
final class FlightEvent {
  /** The status of a migration changed. */
  static final FlightEvent STATUS =
      new FlightEvent(
          "org.godwit.MigrationStatus",
          "Migration Status",
          number("migration", "Migration"),
          text("machine", "Machine"),
          text("direction", "Direction"),
          text("status", "Status"));

  /** A bitmap sync ended. */
  static final FlightEvent PASS =
      new FlightEvent(
          "org.godwit.MigrationPass",
          "Migration Pass",
          number("migration", "Migration"),
          number("pass", "Pass"),
          bytes("remaining", "Remaining"),
          bytes("transferred", "Transferred"),
          number("dirtyPagesRate", "Dirty Pages per Second"));

  /** A migration ended. */
  static final FlightEvent END =
      new FlightEvent(
          "org.godwit.MigrationEnd",
          "Migration End",
          number("migration", "Migration"),
          text("machine", "Machine"),
          text("status", "Status"),
          text("guest", "Guest Is At"),
          bytes("transferred", "Transferred"),
          number("normal", "Normal Pages"),
          number("duplicate", "Zero Pages"),
          nanos("totalTime", "Total Time"),
          nanos("stop", "Downtime: Stop"),
          nanos("finalPass", "Downtime: Final Pass"),
          nanos("deviceState", "Downtime: Device State"),
          nanos("handover", "Downtime: Handover"));

  private final EventFactory factory;

  private FlightEvent(String name, String label, ValueDescriptor... fields) {
    List<AnnotationElement> annotations =
        List.of(
            new AnnotationElement(Name.class, name),
            new AnnotationElement(Label.class, label),
            new AnnotationElement(Category.class, new String[] {"Godwit", "Migration"}),
            new AnnotationElement(StackTrace.class, false));
    factory = EventFactory.create(annotations, List.of(fields));
  }

  /** Records one, if it is wanted; the values are those of the fields in their order. */
  void tell(Object... values) {
    Event event = factory.newEvent();
    if (event.isEnabled()) {
      for (int i = 0; i < values.length; i++) {
        event.set(i, values[i]);
      }
      event.commit();
    }
  }

  private static ValueDescriptor text(String name, String label) {
    return new ValueDescriptor(String.class, name, List.of(labelled(label)));
  }

  private static ValueDescriptor number(String name, String label) {
    return new ValueDescriptor(long.class, name, List.of(labelled(label)));
  }

  private static ValueDescriptor bytes(String name, String label) {
    return new ValueDescriptor(
        long.class,
        name,
        List.of(labelled(label), new AnnotationElement(DataAmount.class, DataAmount.BYTES)));
  }

  private static ValueDescriptor nanos(String name, String label) {
    return new ValueDescriptor(
        long.class,
        name,
        List.of(labelled(label), new AnnotationElement(Timespan.class, Timespan.NANOSECONDS)));
  }

  private static AnnotationElement labelled(String label) {
    return new AnnotationElement(Label.class, label);
  }
}
