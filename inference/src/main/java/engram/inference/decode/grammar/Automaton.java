package engram.inference.decode.grammar;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Runs a grammar's instructions over bytes, all alternatives at once, and remembers where each
/// byte led: a deterministic machine that is built as far as it is walked.
///
/// Every state that is reached can be completed, as the grammar has no blind alleys. How many
/// states are remembered is bounded; when there are more, all are forgotten and found anew.
///
/// Threads: one caller at a time. States stay good when they are forgotten.
public final class Automaton {
  /// Ways that one text may be read at the same time.
  static final int READINGS_MAX = 20_000;

  private static final int STATES_MAX = 20_000;
  private static final int FRAMES_MAX = 200_000;

  private final Program program;
  private final byte[] classOfByte = new byte[256];
  private final int classCount;
  private final Map<Set<Reading>, State> states = new HashMap<>();
  private final Map<Frame, Frame> frames = new HashMap<>();
  private final State start;

  public Automaton(Grammar grammar) {
    program = new Program(grammar);
    classCount = partitionBytes();
    Set<Reading> closed = new HashSet<>();
    boolean accepting = close(program.start(), null, closed, new HashSet<>());
    start = stateOf(closed, accepting);
  }

  public State start() {
    return start;
  }

  /// The state after one more byte; null where no text of the grammar goes on so.
  public @Nullable State step(State from, byte next) {
    int byteClass = classOfByte[next & 0xFF] & 0xFF;
    State known = from.next[byteClass];
    if (known == null) {
      known = computeStep(from, next & 0xFF);
      from.next[byteClass] = known;
    }
    return known == State.DEAD ? null : known;
  }

  /// The state after these bytes; null where no text of the grammar goes on so.
  public @Nullable State run(State from, byte[] bytes) {
    State state = from;
    for (byte next : bytes) {
      State after = step(state, next);
      if (after == null) {
        return null;
      }
      state = after;
    }
    return state;
  }

  /// Where reading stands.
  public static final class State {
    private static final State DEAD = new State(new Reading[0], false, 0);

    private final Reading[] readings;
    private final boolean accepting;
    private final @Nullable State[] next;

    private State(Reading[] readings, boolean accepting, int classes) {
      this.readings = readings;
      this.accepting = accepting;
      this.next = new State[classes];
    }

    /// Whether the text may end here.
    public boolean accepting() {
      return accepting;
    }

    /// Whether the text must end here.
    public boolean complete() {
      return readings.length == 0;
    }
  }

  /// A place in the program and what is to be done after its rule.
  private record Reading(int at, @Nullable Frame frame) {}

  /// Where to go on after a rule. Equal frames are the same object, as long as they are remembered;
  /// so comparing is cheap however deep they nest.
  private static final class Frame {
    final int returnTo;
    final @Nullable Frame outer;

    Frame(int returnTo, @Nullable Frame outer) {
      this.returnTo = returnTo;
      this.outer = outer;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // outer frames are the same object where they are equal
    public boolean equals(@Nullable Object other) {
      return other instanceof Frame frame && frame.returnTo == returnTo && frame.outer == outer;
    }

    @Override
    public int hashCode() {
      return 31 * returnTo + System.identityHashCode(outer);
    }
  }

  private State computeStep(State from, int next) {
    Set<Reading> closed = new HashSet<>();
    Set<Reading> visited = new HashSet<>();
    boolean accepting = false;
    for (Reading reading : from.readings) {
      if (program.a(reading.at) <= next && next <= program.b(reading.at)) {
        accepting |= close(reading.at + 1, reading.frame, closed, visited);
      }
    }
    return closed.isEmpty() && !accepting ? State.DEAD : stateOf(closed, accepting);
  }

  /// Follows all that reads no byte. Adds the places that read one, and returns whether the text
  /// may end.
  private boolean close(int at, @Nullable Frame frame, Set<Reading> closed, Set<Reading> visited) {
    boolean accepting = false;
    Deque<Reading> open = new ArrayDeque<>();
    open.push(new Reading(at, frame));
    while (!open.isEmpty()) {
      Reading reading = open.pop();
      if (!visited.add(reading)) {
        continue;
      }
      if (visited.size() > READINGS_MAX) {
        throw new GrammarException(
            "the grammar is too ambiguous: a text has more than " + READINGS_MAX + " readings");
      }
      int i = reading.at;
      switch (program.op(i)) {
        case Program.BYTE -> closed.add(reading);
        case Program.JUMP -> open.push(new Reading(program.a(i), reading.frame));
        case Program.SPLIT -> {
          open.push(new Reading(program.b(i), reading.frame));
          open.push(new Reading(program.a(i), reading.frame));
        }
        case Program.CALL -> open.push(new Reading(program.a(i), frameFor(i + 1, reading.frame)));
        case Program.RETURN -> {
          Frame returning = reading.frame;
          if (returning == null) {
            accepting = true;
          } else {
            open.push(new Reading(returning.returnTo, returning.outer));
          }
        }
        default -> throw new IllegalStateException("instruction " + program.op(i));
      }
    }
    return accepting;
  }

  /// A call that is the last thing a rule does needs no frame of its own: so lists written by
  /// recursion on the right do not nest.
  private @Nullable Frame frameFor(int returnTo, @Nullable Frame outer) {
    int then = returnTo;
    while (program.op(then) == Program.JUMP) {
      then = program.a(then);
    }
    if (program.op(then) == Program.RETURN) {
      return outer;
    }
    if (frames.size() >= FRAMES_MAX) {
      frames.clear();
    }
    Frame frame = new Frame(then, outer);
    Frame known = frames.putIfAbsent(frame, frame);
    return known == null ? frame : known;
  }

  private State stateOf(Set<Reading> closed, boolean accepting) {
    if (states.size() >= STATES_MAX) {
      states.clear();
    }
    State known = states.get(closed);
    if (known != null && known.accepting == accepting) {
      return known;
    }
    State state = new State(closed.toArray(Reading[]::new), accepting, classCount);
    states.put(closed, state);
    return state;
  }

  /// Bytes that no instruction tells apart share a class.
  private int partitionBytes() {
    boolean[] border = new boolean[257];
    for (int i = 0; i < program.size(); i++) {
      if (program.op(i) == Program.BYTE) {
        border[program.a(i)] = true;
        border[program.b(i) + 1] = true;
      }
    }
    int count = 0;
    for (int value = 0; value < 256; value++) {
      if (value > 0 && border[value]) {
        count++;
      }
      classOfByte[value] = (byte) count;
    }
    return count + 1;
  }

  @Override
  public String toString() {
    return "Automaton[instructions=%d, byte classes=%d, states=%d, frames=%d]"
        .formatted(program.size(), classCount, states.size(), frames.size());
  }
}
