package engram.inference.decode.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrammarReaderTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private static boolean accepts(String grammar, String text) {
    Automaton automaton = new Automaton(GrammarReader.read(grammar));
    Automaton.State end = automaton.run(automaton.start(), text.getBytes(StandardCharsets.UTF_8));
    return end != null && end.accepting();
  }

  @Test
  void theNotationMeansWhatItSays() {
    String grammar =
        """
        # a small calculator
        root  ::= (expr "=" ws term "\\n")+
        expr  ::= term ([-+*/] term)*
        term  ::= ident | num
          | "(" ws expr ")" ws   # alternatives may begin a line
        ident ::= [a-z] [a-z0-9_]{0,3} ws
        num   ::= [0-9]+ ws
        ws    ::= [ \\t\\n]*
        """;
    assertThat(accepts(grammar, "a+1=2\n")).isTrue();
    assertThat(accepts(grammar, "(a +b1)*c=(3)\nx=y\n")).isTrue();
    assertThat(accepts(grammar, "a+=2\n")).isFalse();
    assertThat(accepts(grammar, "abcde=2\n")).isFalse();
    assertThat(accepts(grammar, "")).isFalse();
  }

  @Test
  void setsLiteralsAndCountsReadEscapesAndAnyCharacter() {
    assertThat(accepts("root ::= [^\\x00-\\x1F\"]{2,3}", "日😀")).isTrue();
    assertThat(accepts("root ::= [^\\x00-\\x1F\"]{2,3}", "日\"")).isFalse();
    assertThat(accepts("root ::= \"\\u00e9\" [\\U0001F600-\\U0001F64F] .", "é😀.")).isTrue();
    assertThat(accepts("root ::= [a-]{2} \"\"", "-a")).isTrue();
    assertThat(accepts("root ::= \"ab\"{3}", "ababab")).isTrue();
    assertThat(accepts("root ::= \"ab\"{3}", "abab")).isFalse();
    assertThat(accepts("root ::= \"a\"{2,}", "aaaaa")).isTrue();
  }

  @Test
  void deepNestingIsCountedExactly() {
    String grammar = "root ::= \"(\" root \")\" | \"x\"";
    String open = "(".repeat(3000);
    assertThat(accepts(grammar, open + "x" + ")".repeat(3000))).isTrue();
    assertThat(accepts(grammar, open + "x" + ")".repeat(2999))).isFalse();
    assertThat(accepts(grammar, open + "x" + ")".repeat(3001))).isFalse();
  }

  @Test
  void listsByRecursionOnTheRightDoNotNest() {
    Automaton automaton =
        new Automaton(GrammarReader.read("root ::= item root | \"\"\nitem ::= [a-z] \";\""));
    Automaton.State state = automaton.start();
    for (int i = 0; i < 100; i++) {
      state = automaton.run(state, "q;".getBytes(StandardCharsets.UTF_8));
      assertThat(state).isNotNull();
    }
    assertThat(automaton.toString()).contains("states=2,");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "root ::= a ~ names a, which does not exist",
        "start ::= \"a\" ~ there is no rule root",
        "root ::= root \"a\" | \"b\" ~ begins with itself",
        "root ::= a* root \"x\" | \"b\" ;;a ::= \"\" ~ begins with itself",
        "root ::= \"a\" root ~ can lead to no finite text",
        "root ::= \"abc ~ is missing",
        "root ::= (\"a\" ~ is missing",
        "root ::= \"a\"{3,1} ~ ends before it begins",
        "root ::= \"a\"{1000000} ~ no count up to 100000",
        "root ::= [z-a] ~ ends before it begins",
        "root ::= [] ~ no character",
        "root ::= \"\\q\" ~ no escape",
        "root ::= \"\\uD800\" ~ surrogate",
        "root ::= ] ~ begins nothing",
      })
  void whatIsNoGrammarIsRefusedWithItsLine(String grammar, String complaint) {
    assertThatThrownBy(() -> GrammarReader.read(grammar.replace(";;", "\n")))
        .isInstanceOf(GrammarException.class)
        .hasMessageContaining(complaint);
  }

  @Test
  void hostileGrammarsEndWithAClearError() {
    assertThatThrownBy(() -> GrammarReader.read("root ::= " + "(".repeat(100_000)))
        .hasMessageContaining("nest deeper than 200");
    assertThatThrownBy(() -> GrammarReader.read("root ::= \"a\"" + "*".repeat(100_000)))
        .hasMessageContaining("more than 4 counts");
    assertThatThrownBy(() ->
            new Automaton(
                GrammarReader.read(
                    "root ::= ((\"ab\" | \"c\"){90000} | \"d\"){90000} "
                        + "(\"x\"{90000} \"y\"){2} ([é-ü]{99999}){5} \"z\"{0,99999} \"q\"{0,99999} "
                        + "\"r\"{99999} \"s\"{99999} \"t\"{99999} \"u\"{99999}")))
        .hasMessageContaining("more than 1000000 instructions");
  }

  @Test
  void randomTextsAreAcceptedExactlyAsJavaDoes() {
    // The same language said twice.
    String grammar = "root ::= (\"ab\" | [b-c]+ \"a\")* (\"d\" | \"é\"? \"c\"){1,2}";
    Pattern pattern = Pattern.compile("(ab|[b-c]+a)*(d|é?c){1,2}");
    Random random = new Random(SEED);
    for (int round = 0; round < 5000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(8); i > 0; i--) {
        text.append("abcdé".charAt(random.nextInt(5)));
      }
      assertThat(accepts(grammar, text.toString()))
          .as("-Dseed=%d, '%s'", SEED, text)
          .isEqualTo(pattern.matcher(text).matches());
    }
  }

  @Test
  void whateverRandomScoresSayTheOutputFollowsTheGrammar() {
    String grammar = "root ::= [a-c]{1,4} (\", \" [α-ω日😀]+){0,3} \".\"";
    Pattern pattern = Pattern.compile("[a-c]{1,4}(, (?:[α-ω日]|😀)+){0,3}\\.");
    Constraint constraint = Outputs.constraint(GrammarReader.read(grammar));
    Random random = new Random(SEED);
    for (int round = 0; round < 200; round++) {
      String text = Outputs.draw(constraint, random, 30);
      assertThat(text).as("-Dseed=%d, round %d", SEED, round).matches(pattern);
    }
  }

  @Test
  void masksAreExactlyTheTokensThatCanBeRun() {
    Grammar grammar = JsonSchemaReader.anyObject();
    Constraint constraint = Outputs.constraint(grammar);
    Automaton slow = new Automaton(grammar);
    Random random = new Random(SEED);
    for (int round = 0; round < 30; round++) {
      Constraint.Walk walk = constraint.walk();
      Automaton.State state = slow.start();
      for (int step = 0; step < 60; step++) {
        java.util.List<Integer> possible = new java.util.ArrayList<>();
        for (int token = 0; token < Outputs.VOCABULARY.size(); token++) {
          byte[] bytes = Outputs.VOCABULARY.get(token);
          boolean runs = bytes.length > 0 && slow.run(state, bytes) != null;
          assertThat(walk.allows(token)).as("-Dseed=%d, token %d", SEED, token).isEqualTo(runs);
          if (runs) {
            possible.add(token);
          }
        }
        if (possible.isEmpty()) {
          break;
        }
        int token = possible.get(random.nextInt(possible.size()));
        walk.accept(token);
        state = java.util.Objects.requireNonNull(slow.run(state, Outputs.VOCABULARY.get(token)));
      }
    }
  }

  @Test
  void aTokenThatMayNotComeIsRefused() {
    Constraint.Walk walk = Outputs.constraint(GrammarReader.read("root ::= \"a\"")).walk();
    assertThatThrownBy(() -> walk.accept(1 + 'b')).hasMessageContaining("may not come");
    walk.accept(1 + 'a');
    assertThat(walk.mayEnd()).isTrue();
  }

  @Test
  void aVocabularyThatCannotSpellTheGrammarIsSaidSo() {
    java.util.List<byte[]> poor = java.util.List.of(new byte[0], new byte[] {'a'});
    Constraint constraint =
        new Constraint(GrammarReader.read("root ::= \"b\""), new TokenTrie(poor), poor);
    assertThatThrownBy(() -> constraint.walk().mask(new float[2], new int[] {0}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("none spells");
  }
}
