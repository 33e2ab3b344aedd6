package engram.memory.recall;

import static org.assertj.core.api.Assertions.assertThat;

import engram.memory.ConversationFormat;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.RecallRequest;
import engram.memory.RecallWeights;
import engram.memory.read.StoredConversationImport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// Floors for the recall of evidence turns, a little under what was measured (docs/benchmarks), so
/// that a change that costs quality shows here.
class LoCoMoRecallTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();

  /// Of the questions, so that the test is quick; `bench/memory` asks them all.
  private static final int EVERY = 4;

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  @Test
  void evidenceIsFound() throws IOException {
    Optional<Path> folder = LoCoMo.find();
    if (folder.isEmpty()) {
      String reason = "skipped: the public data set mem-locomo is absent (set ENGRAM_DATA)";
      System.out.println(reason);
      Assumptions.abort(reason);
    }
    UUID tenant = MEMORY.tenant();
    Tally ours = new Tally();
    Tally words = new Tally();
    for (LoCoMo.Sample sample : LoCoMo.read(folder.get())) {
      MemoryScope place = MemoryScope.of(tenant, sample.id());
      byte[] json =
          JsonMapper.shared()
              .writeValueAsString(List.of(sample.node()))
              .getBytes(StandardCharsets.UTF_8);
      new StoredConversationImport(MEMORY.log)
          .load(place, ConversationFormat.LOCOMO, "", new ByteArrayInputStream(json));
      MEMORY.index().awaitApplied(tenant, Long.MAX_VALUE, Duration.ofMinutes(1));
      for (int number = 0; number < sample.questions().size(); number += EVERY) {
        LoCoMo.Asked asked = sample.questions().get(number);
        if (asked.category() <= 4) {
          ours.add(asked, found(place, asked.question(), 0, RecallWeights.DEFAULT));
          ours.addBudget(asked, found(place, asked.question(), 2_048, RecallWeights.DEFAULT));
          words.add(asked, found(place, asked.question(), 0, RecallWeights.WORDS));
        }
      }
    }
    System.out.println("LoCoMo, five conversations: " + ours + "; words alone: " + words);
    assertThat(ours.recallAt10()).isGreaterThan(0.72).isGreaterThan(words.recallAt10() + 0.08);
    assertThat(ours.recallInBudget()).isGreaterThan(0.85);
  }

  private static List<String> found(
      MemoryScope place, String question, int budget, RecallWeights weights) {
    RecallRequest request =
        RecallRequest.of(place, question, budget == 0 ? 10 : 500)
            .withBudget(budget)
            .withWeights(weights);
    return MEMORY.recall().recall(request).items().stream()
        .map(item -> item.event().attributes().get("dia_id"))
        .toList();
  }

  private static final class Tally {
    private double questions;
    private double shares;
    private double sharesInBudget;
    private double multiHop;
    private double multiHopWhole;

    void add(LoCoMo.Asked asked, List<String> found) {
      double share = share(asked.evidence(), found);
      questions++;
      shares += share;
      if (asked.category() == 1) {
        multiHop++;
        multiHopWhole += share == 1 ? 1 : 0;
      }
    }

    void addBudget(LoCoMo.Asked asked, List<String> found) {
      sharesInBudget += share(asked.evidence(), found);
    }

    private static double share(Set<String> evidence, List<String> found) {
      Set<String> hit = evidence.stream().filter(found::contains).collect(Collectors.toSet());
      return (double) hit.size() / evidence.size();
    }

    double recallAt10() {
      return shares / questions;
    }

    double recallInBudget() {
      return sharesInBudget / questions;
    }

    @Override
    public String toString() {
      return "recall@10 %.4f, at 2048 tokens %.4f, multi-hop all@10 %.4f of %.0f questions"
          .formatted(recallAt10(), recallInBudget(), multiHopWhole / multiHop, questions);
    }
  }
}
