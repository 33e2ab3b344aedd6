package engram.memory.extract;

import engram.memory.Event;
import engram.memory.Evidence;
import engram.memory.FactDraft;
import engram.memory.FactExtractor;
import engram.memory.FactSource;
import engram.memory.Role;
import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What people say of themselves in so many words: `I live in Rome`, `my name is Ann`, `my
/// favourite colour is green`. English, first person, and only where a whole clause fits; it finds
/// little and means to be right.
///
/// A sentence that asks, supposes or denies makes no claim: `if I lived in Rome`, `do I live in
/// Rome?`. Events that are not a user's make none at all.
public final class PatternFacts implements FactExtractor {
  /// An object ends where the clause does.
  private static final String OBJECT = "(?<object>[\\p{L}\\p{N}][\\p{L}\\p{N}' \\-+#.]{0,79}?)";

  /// When something was is no part of what it was: `I moved to Rome last week`, `… in May`.
  private static final String WHEN =
      "(?:last|this|next|every) (?:week|month|year|weekend|night|morning|evening|spring|summer|autumn"
          + "|fall|winter)|yesterday|today|tomorrow|recently|lately|already|again"
          + "|(?:a|an|one|two|three|four|five|six|\\d{1,3}|a few|some|many) (?:day|week|month|year)s?"
          + " ago|(?:in|on|since|until) (?:early |late |the )?(?:January|February|March|April|May|June"
          + "|July|August|September|October|November|December|spring|summer|autumn|fall|winter"
          + "|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|(?:19|20)\\d{2})";

  private static final String END =
      "(?=\\s*(?:[,;:!)…]|(?<!\\b(?:St|Mt|Ft|Dr|Mr|Ms))\\.(?:\\s|$)|$|\\s(?:years|and|but|so|because|since|which|where|when|now"
          + "|with|for|these|right|at the moment|anymore|too|"
          + WHEN
          + ")\\b))";

  private static final Pattern SENTENCE =
      Pattern.compile("(?:\\b(?:St|Mt|Ft|Dr|Mr|Ms)\\.|[^.!?\\n]|[.](?=\\S))++[.!?]*");
  private static final Pattern DOUBT =
      Pattern.compile(
          "(?i)\\b(?:if|wish|would|could|might|maybe|perhaps|pretend|imagine|suppose|don't|do not"
              + "|didn't|never|no longer|not|used to|thought|dreamt|dreamed)\\b|\\?\\s*$");

  private record Rule(Pattern pattern, String predicate, boolean single) {}

  private static final List<Rule> RULES =
      List.of(
          rule("my (?:full |first )?name(?:'s| is) " + OBJECT, "name", true),
          rule("(?:please )?call me " + OBJECT, "is called", true),
          rule(
              "I(?:'m| am) (?<object>\\d{1,3})(?= (?:years old|years of age|y/?o)\\b|[,.!]|$)",
              "age",
              true),
          rule("I(?: currently| now)? live in " + OBJECT, "lives in", true),
          rule("I(?:'ve| have)?(?: just| recently)? moved to " + OBJECT, "lives in", true),
          rule("I(?:'m| am) (?:originally )?from " + OBJECT, "is from", true),
          rule("I was born in " + OBJECT, "born in", true),
          rule("I(?: currently| now)? work (?:at|for) " + OBJECT, "works at", true),
          rule("I(?: currently| now)? work as an? " + OBJECT, "works as", true),
          rule("my job is " + OBJECT, "works as", true),
          rule("I(?:'m| am) allergic to " + OBJECT, "allergic to", false),
          rule("I(?:'m| am) married to " + OBJECT, "married to", true),
          rule("I (?:really |absolutely )?(?:like|love|enjoy) " + OBJECT, "likes", false),
          rule("I (?:really |absolutely )?(?:hate|dislike) " + OBJECT, "dislikes", false),
          rule("I speak " + OBJECT, "speaks", false));

  private static final Pattern POSSESSED =
      clause(
          "my (?<predicate>favou?rite [\\p{L}]+(?: [\\p{L}]+)?|e-?mail(?: address)?|phone(?: number)?"
              + "|birthday|address|(?:wife|husband|son|daughter|mother|father|sister|brother|dog|cat"
              + "|boss|doctor|partner|fianc[eé]e?)'s name) is (?<object>[\\p{L}\\p{N}+]"
              + "[\\p{L}\\p{N}'@ \\-+#._]{0,79}?)");

  private static Rule rule(String clause, String predicate, boolean single) {
    return new Rule(clause(clause), predicate, single);
  }

  /// At the beginning of a clause.
  private static Pattern clause(String clause) {
    return Pattern.compile(
        "(?:^|[,;:–—(]\\s*|\\b(?:and|but|so|well|hi|hey|hello|actually|also|yes|oh|ok)\\b,?\\s+)"
            + "(?<clause>"
            + clause
            + ")"
            + END,
        Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  }

  @Override
  public String name() {
    return "patterns-1";
  }

  @Override
  public List<FactDraft> extract(Event event) {
    List<FactDraft> found = new ArrayList<>();
    if (event.role() != Role.USER) {
      return found;
    }
    String subject = event.speaker().isBlank() ? "user" : event.speaker();
    if (subject.length() > FactDraft.NAME_CHARS_MAX) {
      return found;
    }
    Matcher sentences = SENTENCE.matcher(event.text());
    while (sentences.find() && found.size() < 100) {
      String raw = sentences.group();
      int blanks = raw.length() - raw.stripLeading().length();
      String sentence = raw.strip();
      if (sentence.length() <= 400 && !DOUBT.matcher(sentence).find()) {
        claims(event, subject, sentence, sentences.start() + blanks, found);
      }
    }
    return found;
  }

  private static void claims(
      Event event, String subject, String sentence, int offset, List<FactDraft> found) {
    for (Rule rule : RULES) {
      Matcher matcher = rule.pattern().matcher(sentence);
      while (matcher.find()) {
        found.add(claim(event, subject, rule.predicate(), rule.single(), matcher, offset));
      }
    }
    Matcher matcher = POSSESSED.matcher(sentence);
    while (matcher.find()) {
      String predicate = matcher.group("predicate").replace("favourite", "favorite");
      found.add(claim(event, subject, predicate, true, matcher, offset));
    }
  }

  private static FactDraft claim(
      Event event, String subject, String predicate, boolean single, Matcher at, int offset) {
    Span span = new Span(offset + at.start("clause"), offset + at.end("clause"));
    return new FactDraft(
        subject,
        predicate,
        at.group("object").strip(),
        single,
        null,
        null,
        event.at(),
        FactSource.USER,
        List.of(new Evidence(event.seq(), span)));
  }
}
