package engram.memory.turn;

import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.EventLog;
import engram.memory.EventLog.Appended;
import engram.memory.Facts;
import engram.memory.Recall;
import engram.memory.RecallRequest;
import engram.memory.Role;
import engram.memory.Turns;
import engram.retrieval.RefusedException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// [Turns] on the event log.
///
/// The events of a turn carry its name and that of the conversation before it as attributes. So
/// whether a request repeats one is seen in the log, by every replica, and not remembered anywhere
/// else; and of two that come at once the log's key lets one through.
public final class StoredTurns implements Turns {
  static final String TURN = "engram.turn";
  static final String PART = "engram.part";
  static final String CONVERSATION = "engram.conversation";
  private static final String ANSWER = "answer";

  /// How far back a turn with a name of its own is looked for; its keys find it beyond that.
  private static final int TAIL = 100;

  private final EventLog log;
  private final Recall recall;
  private final Facts facts;

  public StoredTurns(EventLog log, Recall recall, Facts facts) {
    this.log = log;
    this.recall = recall;
    this.facts = facts;
  }

  @Override
  public Recollection recall(Turn turn, int items, int budgetTokens) {
    String query = String.join("\n", turn.asked()).strip();
    if (query.isEmpty()) {
      return new Recollection(List.of(), List.of(), 0);
    }
    if (query.length() > RecallRequest.QUERY_CHARS_MAX) {
      query = query.substring(0, RecallRequest.QUERY_CHARS_MAX);
    }
    Set<String> said = turn.conversation().stream().map(Line::text).collect(Collectors.toSet());
    // What the conversation holds is left out, so more is asked for than is wanted.
    int asked = Math.min(RecallRequest.ITEMS_MAX, items + Math.min(said.size(), 100));
    Recall.Result found = recall.recall(RecallRequest.of(turn.from(), query, asked).at(turn.at()));
    List<Recall.Recalled> chosen = new ArrayList<>();
    int tokens = 0;
    for (Recall.Recalled item : found.items()) {
      boolean fits = budgetTokens == 0 || tokens + item.tokens() <= budgetTokens;
      if (chosen.size() < items && fits && !said.contains(item.event().text())) {
        chosen.add(item);
        tokens += item.tokens();
      }
    }
    List<Long> seqs = chosen.stream().map(item -> item.event().seq()).toList();
    return new Recollection(chosen, facts.concerning(turn.from(), seqs), tokens);
  }

  @Override
  public boolean isThere(Turn turn, Recollection recollection) {
    return recollection.items().stream()
        .allMatch(item -> log.find(turn.from(), item.event().seq()).isPresent());
  }

  @Override
  public List<Appended> keep(Turn turn, String answer, Instant answeredAt) {
    List<Event> tail = log.tail(turn.place(), turn.session(), TAIL);
    String conversation = conversation(turn);
    String name = name(turn, tail, conversation);
    Map<String, Event> known = parts(tail, name);
    List<EventDraft> drafts = drafts(turn, answer, answeredAt, name, conversation, known.keySet());
    List<Appended> added = List.of();
    if (!drafts.isEmpty()) {
      try {
        added = log.append(turn.place(), drafts);
      } catch (RefusedException conflict) {
        if (!conflict.code().equals("event_conflict")) {
          throw conflict;
        }
        // Kept meanwhile by the same request on another thread or server, or long ago.
        known = parts(log.tail(turn.place(), turn.session(), TAIL), name);
      }
    }
    List<Appended> all = new ArrayList<>();
    known.values().stream()
        .map(Event::seq)
        .sorted()
        .forEach(seq -> all.add(new Appended(seq, false)));
    all.addAll(added);
    return all;
  }

  /// The turn's own name, or that of the session's last turn where this repeats it, or one made of
  /// where the session stands: two requests that come at once make the same.
  private static String name(Turn turn, List<Event> tail, String conversation) {
    if (turn.id() != null) {
      return hash(List.of(turn.session(), "named", turn.id()));
    }
    for (Event event : tail.reversed()) {
      if (event.role() == Role.USER) {
        String its = event.attributes().get(TURN);
        if (its != null && conversation.equals(event.attributes().get(CONVERSATION))) {
          return its;
        }
        break;
      }
    }
    long last = tail.isEmpty() ? 0 : tail.getLast().seq();
    return hash(List.of(turn.session(), conversation, Long.toString(last)));
  }

  private static Map<String, Event> parts(List<Event> tail, String name) {
    Map<String, Event> parts = new HashMap<>();
    for (Event event : tail) {
      String part = event.attributes().get(PART);
      if (part != null && name.equals(event.attributes().get(TURN))) {
        parts.put(part, event);
      }
    }
    return parts;
  }

  private static List<EventDraft> drafts(
      Turn turn,
      String answer,
      Instant answeredAt,
      String name,
      String conversation,
      Set<String> known) {
    List<EventDraft> drafts = new ArrayList<>();
    int number = 0;
    for (String text : turn.asked()) {
      String part = "user " + number++;
      if (!known.contains(part)) {
        drafts.add(draft(turn, Role.USER, text, turn.at(), name, part, conversation));
      }
    }
    if (!answer.isBlank() && !known.contains(ANSWER)) {
      // A clock that was set back must not put the answer before the question.
      Instant at = answeredAt.isBefore(turn.at()) ? turn.at() : answeredAt;
      drafts.add(draft(turn, Role.ASSISTANT, keepable(answer), at, name, ANSWER, conversation));
    }
    return drafts;
  }

  private static EventDraft draft(
      Turn turn,
      Role role,
      String text,
      Instant at,
      String name,
      String part,
      @Nullable String conversation) {
    return new EventDraft(
        turn.session(),
        role,
        "",
        at,
        text,
        name + "/" + part,
        null,
        EventDraft.IMPORTANCE,
        Map.of(TURN, name, PART, part, CONVERSATION, String.valueOf(conversation)));
  }

  /// A model may say what the log cannot hold.
  private static String keepable(String answer) {
    String clean = answer.replace('\0', '\uFFFD');
    return clean.length() <= EventDraft.TEXT_CHARS_MAX
        ? clean
        : clean.substring(0, EventDraft.TEXT_CHARS_MAX);
  }

  private static String conversation(Turn turn) {
    List<String> parts = new ArrayList<>();
    for (Line line : turn.conversation()) {
      if (line.role() != Role.SYSTEM) {
        parts.add(line.role().text());
        parts.add(line.text());
      }
    }
    return hash(parts);
  }

  private static String hash(List<String> parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update(Integer.toString(bytes.length).getBytes(StandardCharsets.US_ASCII));
        digest.update((byte) ':');
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is not available", e);
    }
  }
}
