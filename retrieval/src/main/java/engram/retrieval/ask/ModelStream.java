package engram.retrieval.ask;

import engram.db.TenantScope;
import engram.retrieval.ModelException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.reactivestreams.Subscription;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// Brings a model's answer to the thread that asked, piece by piece, in time or not at all.
final class ModelStream {
  /// So many pieces may wait for a slow listener; the model waits then.
  private static final int PIECES_MAX = 64;

  /// How long a caller that has gone can go unnoticed.
  private static final Duration LOOK = Duration.ofMillis(100);

  /// A model may block the thread that subscribes; then only that thread waits.
  private static final Scheduler WAITING =
      Schedulers.fromExecutor(Executors.newVirtualThreadPerTaskExecutor());

  private sealed interface Event {
    record Piece(ChatResponse response) implements Event {}

    record Failed(Throwable cause) implements Event {}

    record Done() implements Event {}
  }

  private ModelStream() {}

  /// The model is asked in the tenant's scope: one of this process keeps tenants apart by it.
  ///
  /// @param more takes a piece, and says whether it wants another
  /// @throws ModelException when the model fails or is late
  /// @throws CancellationException when the caller has gone
  static void read(
      UUID tenant,
      ChatModel model,
      Prompt prompt,
      AskSettings settings,
      BooleanSupplier cancelled,
      Predicate<ChatResponse> more) {
    Pieces pieces = new Pieces();
    Flux.defer(() -> TenantScope.callAs(tenant, () -> model.stream(prompt)))
        .onErrorResume(
            UnsupportedOperationException.class,
            cannotStream ->
                Flux.defer(() -> Flux.just(TenantScope.callAs(tenant, () -> model.call(prompt)))))
        .subscribeOn(WAITING)
        .subscribe(pieces);
    try {
      long start = System.nanoTime();
      Duration limit = settings.firstTokenTimeout();
      while (true) {
        Event event = pieces.next(start, limit, cancelled);
        switch (event) {
          case Event.Piece(ChatResponse response) -> {
            if (!more.test(response)) {
              return;
            }
          }
          case Event.Failed(Throwable cause) -> throw ModelException.of(cause, "engram.chat");
          case Event.Done() -> {
            return;
          }
        }
        limit = settings.answerTimeout();
      }
    } finally {
      pieces.dispose();
    }
  }

  private static final class Pieces extends BaseSubscriber<ChatResponse> {
    // Room for the end besides the pieces that were asked for.
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(PIECES_MAX + 2);

    Event next(long start, Duration limit, BooleanSupplier cancelled) {
      while (true) {
        if (cancelled.getAsBoolean()) {
          throw new CancellationException("the caller has gone");
        }
        Duration left = limit.minusNanos(System.nanoTime() - start);
        if (left.isNegative()) {
          throw new ModelException(
              "model_timeout", "The model did not answer within " + limit.toSeconds() + " s.");
        }
        try {
          long wait = Math.min(LOOK.toNanos(), Math.max(1, left.toNanos()));
          Event event = events.poll(wait, TimeUnit.NANOSECONDS);
          if (event != null) {
            if (event instanceof Event.Piece) {
              request(1);
            }
            return event;
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new CancellationException("interrupted");
        }
      }
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      subscription.request(PIECES_MAX);
    }

    @Override
    protected void hookOnNext(ChatResponse response) {
      if (!events.offer(new Event.Piece(response))) {
        dispose();
        events.clear();
        events.add(new Event.Failed(new IllegalStateException("more pieces than asked for")));
      }
    }

    @Override
    protected void hookOnError(Throwable failure) {
      events.add(new Event.Failed(failure));
    }

    @Override
    protected void hookOnComplete() {
      events.add(new Event.Done());
    }
  }
}
