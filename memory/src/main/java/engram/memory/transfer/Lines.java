package engram.memory.transfer;

import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.Evidence;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.Role;
import engram.retrieval.Span;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/// The lines of a file. The same memory always makes the same bytes: fields stand in the order of
/// the records, attributes in that of their names.
final class Lines {
  static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private Lines() {}

  /// @param event its number in the file
  record EventLine(
      int event,
      String session,
      String role,
      String speaker,
      String at,
      String text,
      @Nullable String call,
      double importance,
      SortedMap<String, String> attributes) {

    static EventLine of(int number, Event event) {
      return new EventLine(
          number,
          event.session(),
          event.role().text(),
          event.speaker(),
          event.at().toString(),
          event.text(),
          event.call(),
          event.importance(),
          new TreeMap<>(event.attributes()));
    }

    EventDraft draft() {
      return new EventDraft(
          session,
          Role.of(role),
          speaker,
          Instant.parse(at),
          text,
          "import/" + event,
          call,
          importance,
          Map.copyOf(attributes));
    }
  }

  record EvidenceLine(int event, int start, int end) {}

  /// @param claim its number in the file
  /// @param corrects number of the claim that it corrects; 0 for none
  record ClaimLine(
      int claim,
      String subject,
      String predicate,
      String object,
      boolean single,
      @Nullable String validFrom,
      @Nullable String validTo,
      String eventAt,
      String source,
      int corrects,
      List<EvidenceLine> evidence) {

    /// @param numbers of events in the file by those in the log
    static ClaimLine of(int number, int corrects, FactDraft draft, Map<Long, Integer> numbers) {
      List<EvidenceLine> evidence = new ArrayList<>();
      for (Evidence piece : draft.evidence()) {
        Integer event = numbers.get(piece.event());
        if (event != null) {
          evidence.add(new EvidenceLine(event, piece.span().start(), piece.span().end()));
        }
      }
      return new ClaimLine(
          number,
          draft.subject(),
          draft.predicate(),
          draft.object(),
          draft.single(),
          draft.validFrom() == null ? null : draft.validFrom().toString(),
          draft.validTo() == null ? null : draft.validTo().toString(),
          draft.eventAt().toString(),
          draft.source().text(),
          corrects,
          evidence);
    }

    /// @param seqs of events in the log, by their numbers in the file less one
    FactDraft draft(List<Long> seqs) {
      List<Evidence> pieces = new ArrayList<>();
      for (EvidenceLine piece : evidence) {
        if (piece.event() < 1 || piece.event() > seqs.size()) {
          throw new IllegalArgumentException("there is no event " + piece.event());
        }
        pieces.add(new Evidence(seqs.get(piece.event() - 1), new Span(piece.start(), piece.end())));
      }
      return new FactDraft(
          subject,
          predicate,
          object,
          single,
          validFrom == null ? null : Instant.parse(validFrom),
          validTo == null ? null : Instant.parse(validTo),
          Instant.parse(eventAt),
          FactSource.of(source),
          pieces);
    }
  }
}
