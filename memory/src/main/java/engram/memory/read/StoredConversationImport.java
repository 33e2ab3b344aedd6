package engram.memory.read;

import engram.memory.ConversationFormat;
import engram.memory.ConversationImport;
import engram.memory.EventDraft;
import engram.memory.EventLog;
import engram.memory.MemoryScope;
import engram.memory.index.SessionNames;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// [ConversationImport] into an event log, in batches that each are one transaction.
public final class StoredConversationImport implements ConversationImport {
  private static final int BATCH = 500;

  /// Counted by hashes, which are held in memory.
  private static final int SESSIONS_MAX = 1_000_000;

  private final EventLog log;

  public StoredConversationImport(EventLog log) {
    this.log = log;
  }

  @Override
  public Imported load(
      MemoryScope place, ConversationFormat format, String sessionPrefix, InputStream input)
      throws IOException {
    place.requirePlace();
    Batches batches = new Batches(place);
    JsonConversations reader = new JsonConversations(sessionPrefix, batches::add);
    try {
      switch (format) {
        case OPENAI -> reader.openAi(input);
        case LOCOMO -> reader.loCoMo(input);
        case LONGMEMEVAL -> reader.longMemEval(input);
        case JSONL -> reader.lines(input);
      }
    } finally {
      // Also what was read before the place where the input is broken: the same input mended can be
      // imported again.
      batches.flush();
    }
    return new Imported(batches.added, batches.known, batches.sessions.size());
  }

  private final class Batches {
    private final MemoryScope place;
    private final List<EventDraft> waiting = new ArrayList<>(BATCH);
    private final Set<Long> sessions = new HashSet<>();
    private long added;
    private long known;

    Batches(MemoryScope place) {
      this.place = place;
    }

    void add(EventDraft draft) {
      sessions.add(SessionNames.of(place, draft.session()));
      if (sessions.size() > SESSIONS_MAX) {
        throw Malformed.at(
            "the input", "it has more than %d sessions; send it in parts".formatted(SESSIONS_MAX));
      }
      waiting.add(draft);
      if (waiting.size() == BATCH) {
        flush();
      }
    }

    void flush() {
      if (waiting.isEmpty()) {
        return;
      }
      List<EventDraft> batch = List.copyOf(waiting);
      waiting.clear();
      for (EventLog.Appended appended : log.append(place, batch)) {
        if (appended.isNew()) {
          added++;
        } else {
          known++;
        }
      }
    }
  }
}
