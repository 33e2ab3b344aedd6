package engram.bench;

import engram.system.Api;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A random history of claims, corrections and retractions over HTTP, then random questions what
/// held at a time by what was known at a time, each answered too by an oracle that keeps every act
/// and applies the written rule to all claims of the subject. One reply holds the answers for all
/// subjects; each subject's is a question.
///
/// Erasure is not among the acts: it takes what was known away on purpose. That removed evidence
/// brings back what it had retired is held by `AsOfTest`.
final class AsOfMeasurement {
  private static final long SEED = 20_261_130L;
  private static final int SUBJECTS = 50;
  private static final int STEPS = 60;
  private static final int CLAIMS_PER_STEP = 15;
  private static final String USER = "as-of";
  private static final List<String> SOURCES = List.of("assistant", "user", "operator");

  private final Api api;
  private final Random random = new Random(SEED);
  private final List<Claim> claims = new ArrayList<>();
  private final List<Instant> times = new ArrayList<>();

  private AsOfMeasurement(Api api) {
    this.api = api;
  }

  /// What the oracle keeps of a claim.
  private static final class Claim {
    final long id;
    final String subject;
    final String value;
    final @Nullable Instant from;
    final @Nullable Instant to;
    final Instant said;
    final int rank;
    final long corrects;
    Instant knownFrom = Instant.MAX;
    Instant retracted = Instant.MAX;

    Claim(long id, Map<String, Object> body, long corrects) {
      this.id = id;
      this.subject = String.valueOf(body.get("subject"));
      this.value = String.valueOf(body.get("object"));
      this.from = time(body.get("valid_from"));
      this.to = time(body.get("valid_to"));
      this.said = Instant.parse((String) body.get("event_at"));
      this.rank = SOURCES.indexOf(body.get("source"));
      this.corrects = corrects;
    }

    private static @Nullable Instant time(@Nullable Object text) {
      return text == null ? null : Instant.parse((String) text);
    }

    Instant begin() {
      return from == null ? said : from;
    }

    boolean endsAfter(Instant time) {
      return to == null || time.isBefore(to);
    }
  }

  static void run(Api api, Report report, int queries) {
    new AsOfMeasurement(api).run(report, queries);
  }

  private void run(Report report, int queries) {
    for (int step = 0; step < STEPS; step++) {
      act();
      // Between two acts lies a time at which the one is known and the other is not.
      Pause.forSeconds(Duration.ofMillis(3));
      Instant now = Instant.now();
      claims.stream().filter(c -> c.knownFrom.equals(Instant.MAX)).forEach(c -> c.knownFrom = now);
      times.add(now);
      Pause.forSeconds(Duration.ofMillis(3));
    }
    int asked = 0;
    int wrong = 0;
    int held = 0;
    while (asked < queries) {
      Instant valid = day(0).plus(Duration.ofHours(random.nextInt(-20, 24 * 24)));
      Instant known = times.get(random.nextInt(times.size()));
      Map<String, String> found = new HashMap<>();
      int doubled = 0;
      JsonNode reply =
          api.get("/api/memory/facts?user=" + USER + "&valid=" + valid + "&known=" + known);
      for (JsonNode item : reply.path("items")) {
        String before =
            found.put(item.path("subject").asString(""), item.path("object").asString(""));
        doubled += before == null ? 0 : 1;
      }
      wrong += doubled;
      for (int number = 0; number < SUBJECTS; number++) {
        Optional<String> expected = oracle("s" + number, valid, known);
        asked++;
        held += expected.isPresent() ? 1 : 0;
        wrong += expected.equals(Optional.ofNullable(found.get("s" + number))) ? 0 : 1;
      }
    }
    report.value("asof_queries", asked);
    report.value("asof_wrong", wrong);
    report.section(
        "As of two times",
        """
        %,d claims about %d subjects in %d steps of adding, correcting and retracting; %,d questions at random \
        valid and known times (one reply answers for all subjects), of which the oracle has an answer to %,d. \
        Answers that differ: %d (seed %d).\
        """
            .formatted(claims.size(), SUBJECTS, STEPS, asked, held, wrong, SEED));
  }

  private static Instant day(int day) {
    return Instant.parse("2024-01-01T00:00:00Z").plus(Duration.ofDays(day));
  }

  private void act() {
    switch (random.nextInt(10)) {
      case 0, 1 -> standing().ifPresent(this::retract);
      case 2, 3 -> standing().ifPresent(this::correct);
      default -> add();
    }
  }

  private Map<String, Object> claim(String subject) {
    Map<String, Object> body = new HashMap<>();
    @Nullable Instant from = random.nextInt(3) == 0 ? null : day(random.nextInt(20));
    if (from != null) {
      body.put("valid_from", from.toString());
    }
    if (random.nextInt(3) == 0) {
      Instant least = from == null ? day(random.nextInt(20)) : from;
      body.put("valid_to", least.plus(Duration.ofDays(1 + random.nextInt(8))).toString());
    }
    body.put("subject", subject);
    body.put("predicate", "has");
    body.put("object", "value " + random.nextInt(1_000_000));
    body.put("event_at", day(random.nextInt(20)).toString());
    body.put("source", SOURCES.get(random.nextInt(SOURCES.size())));
    return body;
  }

  private void add() {
    List<Map<String, Object>> bodies = new ArrayList<>();
    for (int number = 0; number < CLAIMS_PER_STEP; number++) {
      bodies.add(claim("s" + random.nextInt(SUBJECTS)));
    }
    JsonNode reply = api.post("/api/memory/facts", Map.of("user", USER, "facts", bodies));
    for (int number = 0; number < bodies.size(); number++) {
      long id = reply.path("claims").path(number).path("claim").asLong();
      claims.add(new Claim(id, bodies.get(number), 0));
    }
  }

  private Optional<Claim> standing() {
    List<Claim> standing = claims.stream().filter(claim -> stands(claim, Instant.MAX)).toList();
    return standing.isEmpty()
        ? Optional.empty()
        : Optional.of(standing.get(random.nextInt(standing.size())));
  }

  private void correct(Claim wrong) {
    Map<String, Object> body = claim(wrong.subject);
    JsonNode reply =
        api.post("/api/memory/facts/" + wrong.id + "/correct", Map.of("user", USER, "fact", body));
    long id = reply.path("claims").path(0).path("claim").asLong();
    claims.add(new Claim(id, body, wrong.id));
  }

  private void retract(Claim claim) {
    api.post("/api/memory/facts/" + claim.id + "/retract", Map.of("user", USER));
    claim.retracted = Instant.now();
  }

  private boolean stands(Claim claim, Instant known) {
    boolean isKnown = known.equals(Instant.MAX) || !claim.knownFrom.isAfter(known);
    boolean isRetracted =
        known.equals(Instant.MAX)
            ? !claim.retracted.equals(Instant.MAX)
            : !claim.retracted.isAfter(known);
    return isKnown
        && !isRetracted
        && claims.stream().noneMatch(other -> other.corrects == claim.id && stands(other, known));
  }

  /// The rule of `engram.memory.Facts`, word by word.
  private Optional<String> oracle(String subject, Instant valid, Instant known) {
    List<Claim> standing =
        claims.stream()
            .filter(claim -> claim.subject.equals(subject) && stands(claim, known))
            .toList();
    Optional<Claim> holding =
        standing.stream()
            .filter(claim -> !claim.begin().isAfter(valid) && claim.endsAfter(valid))
            .max(
                Comparator.comparingInt((Claim claim) -> claim.rank)
                    .thenComparing(Claim::begin)
                    .thenComparing(claim -> claim.said)
                    .thenComparingLong(claim -> claim.id));
    Stream<Claim> reaching =
        standing.stream()
            .filter(claim ->
                claim.from == null && valid.isBefore(claim.said) && claim.endsAfter(valid));
    return holding
        .or(() ->
            reaching.min(
                Comparator.comparing((Claim claim) -> claim.to == null ? Instant.MAX : claim.to)
                    .thenComparing(claim -> claim.said)
                    .thenComparingInt(claim -> -claim.rank)
                    .thenComparingLong(claim -> claim.id)))
        .map(claim -> claim.value);
  }
}
