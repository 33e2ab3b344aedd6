package engram.system;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What Maven cannot hold: rooms are entered by the door, who knows no Spring or no web, no cycles.
/// Each rule is seen to fail on an offender planted under `engram.system.planted`.
class ArchitectureTest {
  private static final String PLANTED = "engram.system.planted";
  private static final Pattern FORBIDDEN_NAME =
      Pattern.compile(
          ".*\\.(common|commons|util|utils|impl|manager|managers|helper|helpers)(\\..*)?");

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          // What the build generates to start the beans of all rooms.
          .withImportOption(location -> !location.contains("__"))
          .importPackages("engram");
  private static final JavaClasses OFFENDERS = new ClassFileImporter().importPackages(PLANTED);

  /// A rule for the classes under a root package, so that it can be tried on the planted ones.
  private record Rule(String name, Function<String, ArchRule> under) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Rule> rules() {
    return Stream.of(
        new Rule("a room is entered by its door", root -> doorOf(root, "retrieval")),
        new Rule("the evaluation room is entered by its door", root -> doorOf(root, "eval")),
        new Rule("the memory room is entered by its door", root -> doorOf(root, "memory")),
        new Rule(
            "the inference room is entered by its doors",
            root -> doorOf(root, "inference", "chat", "hub")),
        new Rule(
            "the measures know nothing of what is measured",
            root ->
                knowsNot(
                    root + ".eval.metric..",
                    root + ".retrieval..",
                    root + ".db..",
                    "org.springframework..")),
        new Rule(
            "inference knows no Spring",
            root -> knowsNot(root + ".inference..", "org.springframework..")),
        new Rule("rooms below api know no web", ArchitectureTest::noWebBelowApi),
        new Rule(
            "retrieval does not know inference",
            root -> knowsNot(root + ".retrieval..", root + ".inference..")),
        new Rule(
            "no room has a cycle",
            root -> slices().matching(root + ".(*).(*)..").should().beFreeOfCycles()),
        new Rule("no package without a meaning", ArchitectureTest::meaningfulNames));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void theHouseKeepsTheRule(Rule rule) {
    rule.under().apply("engram").allowEmptyShould(true).check(PRODUCT);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void thePlantedOffenderBreaksTheRule(Rule rule) {
    assertThat(
            rule.under().apply(PLANTED).allowEmptyShould(true).evaluate(OFFENDERS).hasViolation())
        .as("the rule '%s' must see its planted offender", rule.name())
        .isTrue();
  }

  @Test
  void everyPackageSaysWhatItIsForAndIsNullMarked() {
    List<String> unmarked =
        PRODUCT.stream()
            .map(JavaClass::getPackage)
            .distinct()
            .filter(room -> !room.getClasses().isEmpty())
            .filter(room -> !room.isAnnotatedWith(NullMarked.class))
            .map(room -> room.getName())
            .toList();
    assertThat(unmarked).isEmpty();
  }

  /// @param further packages of the room that are doors too
  private static ArchRule doorOf(String root, String room, String... further) {
    // The jar's main class starts the parser's process; nothing else may look inside.
    DescribedPredicate<JavaClass> outside =
        DescribedPredicate.not(resideInAPackage(root + "." + room + ".."))
            .and(
                DescribedPredicate.not(
                    DescribedPredicate.describe(
                        "the main class",
                        type -> type.getName().equals("engram.api.EngramApplication"))));
    DescribedPredicate<JavaClass> inside =
        DescribedPredicate.describe(
            "inside the room " + room,
            type ->
                type.getPackageName().startsWith(root + "." + room + ".")
                    && Stream.of(further)
                        .map(door -> root + "." + room + "." + door)
                        .noneMatch(type.getPackageName()::equals));
    return noClasses().that(outside).should().dependOnClassesThat(inside);
  }

  private static ArchRule knowsNot(String who, String... whom) {
    return noClasses()
        .that()
        .resideInAPackage(who)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(whom);
  }

  private static ArchRule noWebBelowApi(String root) {
    return noClasses()
        .that()
        .resideInAnyPackage(
            root + ".db..",
            root + ".retrieval..",
            root + ".eval..",
            root + ".memory..",
            root + ".agent..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework.web..", "jakarta.servlet..");
  }

  private static ArchRule meaningfulNames(String root) {
    return classes().that().resideInAPackage(root + "..").should(new MeaningfulPackage());
  }

  private static final class MeaningfulPackage extends ArchCondition<JavaClass> {
    MeaningfulPackage() {
      super("lie in a package whose name says what it is for");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
      if (FORBIDDEN_NAME.matcher(type.getPackageName()).matches()) {
        events.add(
            SimpleConditionEvent.violated(
                type, type.getName() + " lies in a package without a meaning"));
      }
    }
  }
}
