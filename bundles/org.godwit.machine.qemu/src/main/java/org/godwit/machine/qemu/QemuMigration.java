package org.godwit.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The migration commands of a QEMU, and the way of its migration to an end.
 *
 * <p>Thread-safe. Statuses come as events, so that none is missed between two looks; waiting
 * threads are woken by the event thread of the connection.
 */
public final class QemuMigration implements AutoCloseable {
  private static final Set<String> FINAL = Set.of("completed", "failed", "cancelled");

  private final QmpConnection qmp;
  private final QmpConnection.Registration registration;
  private final List<String> statuses = new ArrayList<>();
  private final List<QmpEvent> events = new ArrayList<>();
  private boolean gone;

  private QemuMigration(QmpConnection qmp) {
    this.qmp = qmp;
    this.registration = qmp.listen(new Recorder());
  }

  /**
   * Follows the migrations of a QEMU from now on; switches its migration events on.
   *
   * @param qmp connection; stays open when this is closed
   * @return follower
   * @throws QmpException if QEMU refuses
   */
  public static QemuMigration of(QmpConnection qmp) throws QmpException {
    QemuMigration migration = new QemuMigration(qmp);
    migration.capability("events", true);
    return migration;
  }

  /**
   * Switches a capability.
   *
   * @param name QMP name, for example {@code return-path}
   * @param on on or off
   * @throws QmpException if QEMU does not know it or refuses
   */
  public void capability(String name, boolean on) throws QmpException {
    Map<String, Object> entry = Map.of("capability", name, "state", on);
    run("migrate-set-capabilities", Map.of("capabilities", List.of(entry)));
  }

  /**
   * Sets a parameter.
   *
   * @param name QMP name, for example {@code max-bandwidth}
   * @param value number, truth value or text
   * @throws QmpException if QEMU does not know it or refuses
   */
  public void parameter(String name, Object value) throws QmpException {
    run("migrate-set-parameters", Map.of(name, value));
  }

  /**
   * Begins an outgoing migration. Statuses seen so far are forgotten.
   *
   * @param uri where to, for example {@code tcp:127.0.0.1:4444}
   * @throws QmpException if QEMU refuses
   */
  public void migrate(String uri) throws QmpException {
    forget();
    run("migrate", Map.of("uri", uri));
  }

  /**
   * Begins to listen, in a QEMU started with {@code -incoming defer}. Statuses seen so far are
   * forgotten.
   *
   * @param uri where to listen, for example {@code unix:/run/in.sock}
   * @throws QmpException if QEMU refuses
   */
  public void incoming(String uri) throws QmpException {
    forget();
    run("migrate-incoming", Map.of("uri", uri));
  }

  /**
   * Cancels the outgoing migration. Returns at once.
   *
   * @throws QmpException if QEMU refuses
   */
  public void cancel() throws QmpException {
    run("migrate_cancel", Map.of());
  }

  /**
   * Goes on from {@code pre-switchover}.
   *
   * @throws QmpException if the migration is in another status
   */
  public void proceed() throws QmpException {
    run("migrate-continue", Map.of("state", "pre-switchover"));
  }

  /**
   * Lets the guest go before its memory ({@code migrate-start-postcopy}).
   *
   * @throws QmpException if QEMU refuses
   */
  public void startPostcopy() throws QmpException {
    run("migrate-start-postcopy", Map.of());
  }

  /**
   * Breaks the link of a migration in postcopy, at either side.
   *
   * @throws QmpException if the migration is in another status
   */
  public void pause() throws QmpException {
    run("migrate-pause", Map.of());
  }

  /**
   * Listens again after the link of an incoming migration in postcopy broke.
   *
   * @param uri where to listen
   * @throws QmpException if the migration is in another status
   */
  public void recover(String uri) throws QmpException {
    run("migrate-recover", Map.of("uri", uri));
  }

  /**
   * Goes on after the link of an outgoing migration in postcopy broke.
   *
   * @param uri where the destination listens now
   * @throws QmpException if the migration is in another status
   */
  public void resume(String uri) throws QmpException {
    run("migrate", Map.of("uri", uri, "resume", true));
  }

  /**
   * Figures and status.
   *
   * @return a snapshot
   * @throws QmpException if QEMU does not answer
   */
  public QemuMigrationInfo query() throws QmpException {
    return QemuMigrationInfo.of(qmp.execute("query-migrate"));
  }

  /**
   * Address on which an incoming migration listens, where QEMU tells it (TCP with port 0).
   *
   * @return the {@code socket-address} entries of {@code query-migrate}
   * @throws QmpException if QEMU does not answer
   */
  public List<JsonNode> addresses() throws QmpException {
    List<JsonNode> found = new ArrayList<>();
    query().all().path("socket-address").forEach(found::add);
    return found;
  }

  /**
   * Statuses since the migration began.
   *
   * @return in order, a copy
   */
  public synchronized List<String> statuses() {
    return List.copyOf(statuses);
  }

  /**
   * All events since the migration began, those of the guest included.
   *
   * @return in order, a copy
   */
  public synchronized List<QmpEvent> events() {
    return List.copyOf(events);
  }

  /**
   * Waits until a status was reached.
   *
   * @param status QMP name
   * @param limit how long
   * @throws IOException if the migration ended in another status, QEMU ended, or the time is over
   * @throws InterruptedException if the thread is interrupted
   */
  public void await(String status, Duration limit) throws IOException, InterruptedException {
    String end = awaitAny(Set.of(status), limit);
    if (!end.equals(status)) {
      throw new IOException(
          "The migration of QEMU ended as " + end + " before it was " + status + reason());
    }
  }

  /**
   * Waits until a status was reached for the n-th time.
   *
   * @param status QMP name
   * @param times how often, from 1
   * @param limit how long
   * @throws IOException if QEMU ended, or the time is over
   * @throws InterruptedException if the thread is interrupted
   */
  public synchronized void await(String status, int times, Duration limit)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (statuses.stream().filter(status::equals).count() < times) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (gone || left <= 0) {
        throw new QmpTimeoutException(
            "status " + status + " " + times + " times (it told " + statuses + ")", limit);
      }
      wait(left);
    }
  }

  /**
   * Waits until QEMU has told of an event since the migration began, for example {@code RESUME}: an
   * incoming guest runs.
   *
   * @param event name
   * @param limit how long
   * @throws IOException if QEMU ended, or the time is over
   * @throws InterruptedException if the thread is interrupted
   */
  public synchronized void awaitEvent(String event, Duration limit)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (events.stream().noneMatch(e -> e.name().equals(event))) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (gone || left <= 0) {
        throw new QmpTimeoutException("event " + event + " (it told " + events + ")", limit);
      }
      wait(left);
    }
  }

  /**
   * Waits for the end: completed, failed or cancelled.
   *
   * @param limit how long
   * @return what {@code query-migrate} tells then
   * @throws IOException if QEMU ended (as a destination does that cannot take a guest) or the time
   *     is over
   * @throws InterruptedException if the thread is interrupted
   */
  public QemuMigrationInfo awaitEnd(Duration limit) throws IOException, InterruptedException {
    String _ = awaitAny(FINAL, limit);
    return query();
  }

  /** Stops following. QEMU and the connection go on. */
  @Override
  public void close() {
    registration.close();
  }

  private void run(String command, Object arguments) throws QmpException {
    JsonNode _ = qmp.execute(command, arguments);
  }

  private String reason() throws QmpException {
    return query().error().map(error -> ": " + error).orElse("");
  }

  private synchronized void forget() {
    statuses.clear();
    events.clear();
  }

  private synchronized String awaitAny(Set<String> wanted, Duration limit)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    for (@Nullable String hit = hit(wanted); ; hit = hit(wanted)) {
      if (hit != null) {
        return hit;
      }
      if (gone) {
        throw new QmpClosedException(
            "QEMU ended during its migration, statuses were " + statuses, new IOException("end"));
      }
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new QmpTimeoutException("status " + wanted + " (it told " + statuses + ")", limit);
      }
      wait(left);
    }
  }

  private @Nullable String hit(Set<String> wanted) {
    for (String status : statuses) {
      if (wanted.contains(status) || FINAL.contains(status)) {
        return status;
      }
    }
    return null;
  }

  private synchronized void note(QmpEvent event) {
    events.add(event);
    if (event.name().equals("MIGRATION")) {
      statuses.add(event.text("status"));
    }
    notifyAll();
  }

  private synchronized void end() {
    gone = true;
    notifyAll();
  }

  /** Runs on the event thread of the connection. */
  private final class Recorder implements QmpListener {
    @Override
    public void event(QmpEvent event) {
      note(event);
    }

    @Override
    public void closed() {
      end();
    }
  }
}
