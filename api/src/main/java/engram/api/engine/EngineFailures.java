package engram.api.engine;

import engram.api.error.FailureException;
import engram.inference.FinishReason;
import engram.inference.GenerationEvent;
import engram.inference.OverloadedException;
import engram.inference.PromptTooLongException;
import engram.retrieval.ModelException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;

/// What it means to callers when a model of this process refuses or fails: the same codes as of
/// models on other servers.
public final class EngineFailures {
  private EngineFailures() {}

  /// @throws ModelException instead of what the engine throws
  /// @throws CancellationException if the thread is interrupted
  public static <T> T told(Callable<T> call) {
    try {
      return call.call();
    } catch (ModelException | FailureException | CancellationException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } catch (PromptTooLongException e) {
      throw new ModelException("context_length_exceeded", sentence(e), e, null);
    } catch (OverloadedException e) {
      String code =
          switch (e.scope()) {
            case TENANT -> "model_rate_limited";
            case ENGINE -> "model_overloaded";
          };
      throw new ModelException(
          code,
          "The model takes no more requests for now: " + e.getMessage() + ".",
          e,
          e.retryAfter());
    } catch (IllegalArgumentException e) {
      throw new ModelException("model_refused_request", sentence(e), e, null);
    } catch (IllegalStateException | UncheckedIOException e) {
      throw failed(e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw failed(e);
    }
  }

  private static ModelException failed(Exception e) {
    return new ModelException(
        "model_failed", "The model failed; this server's log has the reason.", e, null);
  }

  /// The end of an answer, if it is one that callers want.
  ///
  /// @throws ModelException if the answer broke off
  public static GenerationEvent.End checked(GenerationEvent.End end) {
    return switch (end.reason()) {
      case STOP, LENGTH -> end;
      case DEADLINE ->
          throw new ModelException("model_timeout", "The model did not answer in time.");
      case CANCELLED ->
          throw new ModelException(
              "model_cancelled",
              end.message().isEmpty()
                  ? "The request was cancelled."
                  : "The request was cancelled: " + end.message() + ".");
      case FAILED ->
          throw new ModelException("model_failed", "The model failed: " + end.message() + ".");
    };
  }

  /// As Spring AI and OpenAI say it.
  public static String word(FinishReason reason) {
    return reason == FinishReason.LENGTH ? "length" : "stop";
  }

  /// The engine's messages may begin with a model's name, which stays as it is.
  private static String sentence(Exception e) {
    String message = String.valueOf(e.getMessage());
    return message.endsWith(".") ? message : message + ".";
  }
}
