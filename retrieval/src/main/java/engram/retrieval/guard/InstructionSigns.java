package engram.retrieval.guard;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// What makes a sentence look like an instruction to the machine that reads it, each a pattern or a
/// plain count with a name that people understand.
///
/// The words are English, but for those that tell the reader to disregard what it was told, which
/// are in the languages that search knows. They were written by hand, from what instructions to
/// assistants are made of; only their weights are fitted.
final class InstructionSigns {
  private InstructionSigns() {}

  /// @param triggers words in lower case, or parts of words with other signs in them, one of which
  ///   a sentence needs for the pattern to be tried: patterns are slow, and nearly no sentence has
  ///   any; none for a pattern that is tried on each
  record Sign(String name, List<String> triggers, Pattern pattern) {}

  /// What an instruction begins with.
  static final String VERBS =
      "write|draft|compose|create|generate|produce|develop|provide|give|tell|show|list|explain|describe"
          + "|summari[sz]e|translate|break down|calculate|compute|solve|answer|respond|reply|say|print|output"
          + "|repeat|reveal|recommend|suggest|mention|add|append|insert|include|integrate|incorporate|augment"
          + "|enhance|modify|change|alter|adjust|edit|replace|substitute|swap|convert|transform|rewrite"
          + "|rephrase|render|encode|encrypt|decode|scramble|shuffle|jumble|rearrange|reverse|misspell"
          + "|capitali[sz]e|remove|delete|omit|drop|skip|combine|merge|group|split|use|introduce|make|pretend"
          + "|act|imagine|assume|simulate|execute|run|call|invoke|send|forward|email|post|upload|click|visit"
          + "|download|promote|advertise|encourage|invite|tease|hint|start|begin|end|finish|always|never"
          + "|ignore|disregard|forget|override|bypass";

  private static final String OWN =
      "(?:your|the|this|its|each|every|all|any)(?: (?:own|final|next|whole|entire|following|main))?";
  private static final String REPLY =
      "(?:answers?|responses?|repl(?:y|ies)|outputs?|completions?|messages?|summar(?:y|ies)|translations?)";
  private static final String RULES =
      "(?:instructions?|prompts?|rules?|directions?|guidelines?|commands?|context|conversation|messages?|task|text|above)";

  static final List<Sign> SIGNS =
      List.of(
          sign(
              "override",
              "ignore disregard forget override bypass discard follow following "
                  + OverrideWords.TRIGGERS,
              "\\b(?:ignore|disregard|forget|override|bypass|discard|do not follow|don't follow|stop following)\\b"
                  + ".{0,40}\\b(?:previous|prior|above|earlier|preceding|all|any|your|these|those|original|system)\\b.{0,30}\\b"
                  + RULES
                  + "|"
                  + OverrideWords.PATTERN),
          sign(
              "new instructions",
              "instruction instructions prompt prompts directive directives order orders instead",
              "\\b(?:new|updated|real|actual|additional|important|urgent|following|system|hidden|secret) "
                  + "(?:instructions?|prompts?|directives?|orders?)\\b|\\binstead,? (?:of|you|just|please|only|say|write|answer)\\b"),
          sign(
              "addresses a model",
              "assistant chatbot chat language llm gpt chatgpt claude gemini copilot ai ais model prompt",
              "\\b(?:assistant|chatbot|chat bot|language model|\\bllm\\b|\\bgpt(?:-\\d)?\\b|chatgpt|claude|gemini|copilot|\\bais?\\b(?! (?:research|conference|company|companies|industry|market|lab))|the model|as an ai|dear ai|hey ai|system prompt|prompt)\\b"),
          sign(
              "a role for the reader",
              "you act behave respond answer speak pretend role roleplay now",
              "\\byou (?:are|'re|will be|must act|should act|have been) (?:now|no longer|a|an|acting|going|to act|free|in)\\b"
                  + "|\\b(?:act|behave|respond|answer|speak|pretend|role-?play) (?:as|like|to be) (?:an?|if|though)\\b|\\bfrom now on\\b"),
          sign(
              "speaks of the reader's reply",
              "your",
              "\\b(?:(?:in|to|of|with|from|into|at|within|throughout|for|on) )?(?:your) (?:\\w+ ){0,2}?"
                  + REPLY
                  + "\\b"),
          sign(
              "an order about the reply",
              "answer answers response responses reply replies output outputs completion completions message messages summary summaries translation translations",
              "(?:^|[.!?:;,] |\\b(?:and|then|please|must|should|to) )(?:"
                  + VERBS
                  + ")\\b.{0,60}?\\b"
                  + OWN
                  + " (?:\\w+ ){0,2}?"
                  + REPLY
                  + "\\b"
                  + "|\\b(?:in|to|into|of|with) (?:your|the) "
                  + REPLY
                  + ",? (?:please )?(?:"
                  + VERBS
                  + ")\\b"),
          sign(
              "begins with an order",
              "",
              "^[\\W_]*(?:(?:please|kindly|now|then|also|next|first|finally|instead|important|note|task|urgent)[,:;]? ){0,2}(?:"
                  + VERBS
                  + ")\\b"),
          sign(
              "asks to be helped",
              "you me how",
              "\\b(?:can|could|would|will) you (?:please |kindly |also )?(?:"
                  + VERBS
                  + ")\\b|\\bhelp me\\b|\\bi (?:want|need|would like) you to\\b|\\bhow (?:do|would|can|should) (?:i|you)\\b|\\bhow (?:do|does|to) .{3,50}\\bwork\\b"),
          sign(
              "a task for a writer",
              "poem poems story stories essay essays speech letter introduction article paragraph song lyrics joke script code function program summary headline slogan tweet post recipe outline plan dialogue email example translation equivalent haiku list explanation review",
              "\\b(?:write|draft|compose|create|generate|produce|develop|provide|give|make)\\b (?:me |us )?(?:a|an|the|some|two|three|\\d+|another|an? \\w+)\\b.{0,25}\\b(?:poems?|stor(?:y|ies)|essays?|speech|letter|introduction|article|paragraph|song|lyrics|joke|script|code|function|program|summary|headline|slogan|tweet|post|recipe|outline|plan|dialogue|email|example|translation|equivalent|haiku|list|explanation|review)\\b"),
          sign(
              "a question of general knowledge",
              "?",
              "^[\\W_]*(?:what(?:'s| is| are| was| were)|who (?:is|was|wrote|are|invented|painted|discovered)|where (?:is|was)|when (?:is|was|did)|why (?:is|do|does|are)|how (?:many|much|do|does|is|are)|which)\\b.{3,}\\?[\\W_]*$"),
          sign(
              "languages and code",
              "english french spanish german italian russian chinese japanese portuguese arabic korean dutch latin hindi python javascript java php sql html bash c typescript regex json xml yaml",
              "\\b(?:translate|translation|in|into|to|from) (?:the )?(?:english|french|spanish|german|italian|russian|chinese|japanese|portuguese|arabic|korean|dutch|latin|hindi)\\b|\\b(?:python|javascript|java|php|sql|html|bash|c\\+\\+|typescript|regex|json|xml|yaml)\\b"),
          sign(
              "tampers with letters",
              "letter letters vowel vowels consonant consonants space spaces typo typos misspell misspelled misspelling misspellings anagram anagrams anagrammed alphanumeric homophonic symbol symbols emoji emojis uppercase lowercase capital capitals backwards base rot morse cipher leet punctuation character characters word words spelling",
              "\\b(?:letters?|vowels?|consonants?|spaces?|typos?|misspell\\w*|anagram\\w*|alphanumeric|homophonic|symbols?|emojis?|uppercase|lowercase|capitals?|backwards|base ?64|rot13|morse|cipher|leet|punctuation|characters?|words?|spelling)\\b"),
          sign(
              "a link to follow",
              "http www. .com .net .org .xyz .io .ru .info .top .site .online",
              "\\b(?:visit|click|download|go to|open|install|update|linking to|check out|navigate to|fetch|load|available at|pointing to|at)\\b.{0,60}(?:https?://|www\\.|\\b[\\w-]+\\.(?:com|net|org|xyz|io|ru|info|top|site|online)\\b)"),
          sign(
              "carries something out",
              "http send post forward upload email exfiltrate leak transmit submit",
              "!\\[[^\\]]*]\\(https?://[^)]*[?=]|\\b(?:send|post|forward|upload|email|exfiltrate|leak|transmit|submit)\\b.{0,60}\\b(?:password|credentials?|api key|token|secret|conversation|chat history|contents?|data|files?|prompt)\\b|(?:https?://\\S*(?:\\{|\\[|%7b|\\$\\())"),
          sign(
              "secrecy",
              "mention tell telling reveal revealing inform informing disclose disclosing say let notify notifying",
              "\\b(?:do not|don't|never|without) (?:mention|tell|telling|reveal|revealing|inform|informing|disclos\\w+|say|let|notify\\w*)\\b.{0,50}\\b(?:user|anyone|them|human|customer|reader|instruction|this)\\b"),
          sign(
              "speaks of the user",
              "user users human humans reader readers people visitors",
              "\\b(?:the|any|each|all|every) (?:users?|humans?|readers?)\\b|\\b(?:for|invite|inviting|encourage|encouraging|suggest|suggesting|urge|urging|remind|reminding) (?:\\w+ ){0,2}(?:users?|readers?|people|visitors)\\b"),
          sign(
              "a mark of a chat template",
              "<| <｜ [ << </ _of_turn : ## begin",
              "<\\|[a-z_]{2,20}\\|>|<[|｜][^>]{2,30}[|｜]>|\\[/?INST]|<</?SYS>>|</?(?:start|end)_of_turn>|^\\W{0,4}(?:system|assistant|user|human)\\s*:|^#{2,} ?(?:instruction|system|response|assistant|user)\\b|\\bBEGIN (?:SYSTEM|INSTRUCTIONS?)\\b"),
          sign(
              "characters that nobody sees",
              "",
              "[\\x{E0000}-\\x{E007F}]|[\\u200b\\u2060\\u2062-\\u2064]{3,}"));

  private static Sign sign(String name, String triggers, String pattern) {
    return new Sign(
        name,
        triggers.isEmpty() ? List.of() : List.of(triggers.split(" ")),
        Pattern.compile(
            pattern, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.MULTILINE));
  }

  /// The signs of a sentence, a bit for each.
  static long seen(String sentence) {
    String lower = sentence.toLowerCase(Locale.ROOT);
    long tried = ALWAYS;
    for (Map.Entry<String, Long> trigger : PARTS.entrySet()) {
      tried |= lower.contains(trigger.getKey()) ? trigger.getValue() : 0;
    }
    int start = 0;
    for (int at = 0; at <= lower.length(); at++) {
      boolean letter = at < lower.length() && lower.charAt(at) >= 'a' && lower.charAt(at) <= 'z';
      if (!letter) {
        tried |= start < at ? WORDS.getOrDefault(lower.substring(start, at), 0L) : 0;
        start = at + 1;
      }
    }
    long seen = 0;
    for (long left = tried; left != 0; left &= left - 1) {
      int sign = Long.numberOfTrailingZeros(left);
      seen |= SIGNS.get(sign).pattern().matcher(sentence).find() ? 1L << sign : 0;
    }
    return seen;
  }

  private static final Map<String, Long> WORDS = new HashMap<>();
  private static final Map<String, Long> PARTS = new HashMap<>();
  private static final long ALWAYS;

  static {
    long always = 0;
    for (int index = 0; index < SIGNS.size(); index++) {
      long bit = 1L << index;
      always |= SIGNS.get(index).triggers().isEmpty() ? bit : 0;
      for (String trigger : SIGNS.get(index).triggers()) {
        boolean word = trigger.chars().allMatch(letter -> letter >= 'a' && letter <= 'z');
        (word && !trigger.equals("http") ? WORDS : PARTS).merge(trigger, bit, (a, b) -> a | b);
      }
    }
    ALWAYS = always;
  }
}
