package engram.inference.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.chat.jinja.Template;
import engram.inference.chat.jinja.TemplateException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
  private static final Map<String, Object> NAMES =
      Map.of(
          "xs", List.of(3, 1, 2),
          "d", Map.of("a", 1),
          "s", "  Hi you ",
          "users", List.of(Map.of("n", "Al", "on", true), Map.of("n", "Bo", "on", false)));

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      textBlock =
          """
          {{ 1 + 2 * 3 ** 2 }}                                § 19
          {{ 7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }}   § 3 1 2 3.5
          {{ 'a' ~ 1 ~ none ~ true }}                         § a1NoneTrue
          {{ 'ab' * 2 + 'c' }}                                § ababc
          {{ xs[1:] }} {{ xs[::-1] }} {{ xs[-1] }}            § [1, 2] [2, 1, 3] 2
          {{ 'hello'[1:3] }} {{ 'hello'[0] }}                 § el h
          {{ s.strip() }}|{{ s | trim | upper }}              § Hi you|HI YOU
          {{ s.split() }}                                     § ['Hi', 'you']
          {{ 'a</t>b'.split('</t>')[-1].lstrip('b') }}.       § .
          {{ 'x' in 'xyz' and 1 not in xs }}                  § False
          {{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }}                     § True False
          {{ d.b is defined }} {{ d.a is defined }}           § False True
          {{ d.b | default('none') }} {{ '' | default('e', true) }} § none e
          {{ d | tojson }} {{ 'é"' | tojson }}                § {"a": 1} "é\\""
          {{ d.items() | first | join('=') }}                  § a=1
          {{ xs | sort | join(', ') }}                        § 1, 2, 3
          {{ users | map(attribute='n') | join('+') }}        § Al+Bo
          {{ users | selectattr('on') | list | length }}      § 1
          {{ users | selectattr('n', 'equalto', 'Bo') | map(attribute='n') | first }} § Bo
          {{ xs | select('odd') | list }}                     § [3, 1]
          {{ 'yes' if xs else 'no' }} {{ 'x' if false }}.     § yes .
          {{ (xs | length) is divisibleby 3 }}                § True
          {{ not d.b }} {{ d.b }}.                            § True .
          {{ 'a-b-c'.replace('-', '+', 1) }}                  § a+b-c
          {{ 'tItle me' | title }} {{ 'aB' | capitalize }}    § Title Me Ab
          {{ range(3) | list }} {{ range(5, 1, -2) | list }}  § [0, 1, 2] [5, 3]
          {{ '%s is %d' | format('x', 3) }}                   § x is 3
          {{ xs is iterable }} {{ d is mapping }} {{ s is string }} § True True True
          {{ "it's" }} {{ ["it's"] }}                         § it's ["it's"]
          {{ 1.0 }} {{ 2 == 2.0 }} {{ '3' | int + 1 }}        § 1.0 True 4
          {{ [1, [2, none]] | tojson(indent=2) | length }}    § 32
          {{ strftime_now('%d %b %Y') }}                      § 02 Jan 2026
          """)
  void expressionsMeanWhatTheyMeanInPython(String template, String expected) {
    assertThat(render(template)).isEqualTo(expected);
  }

  @Test
  void statementsDoWhatTheirNamesSay() {
    assertThat(
            render(
                "{% for x in xs %}{{ loop.index }}{{ x }}{{ ',' if not loop.last }}{% endfor %}"))
        .isEqualTo("13,21,32");
    assertThat(render("{% for x in xs if x > 1 %}{{ x }}{% else %}none{% endfor %}"))
        .isEqualTo("32");
    assertThat(render("{% for x in [] %}{% else %}none{% endfor %}")).isEqualTo("none");
    assertThat(render("{% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %}")).isEqualTo("a=1");
    assertThat(
            render("{% for x in xs %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}"))
        .isEqualTo("32");
    assertThat(render("{% for x in xs %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}"))
        .isEqualTo("3");
    assertThat(
            render(
                "{% set n = namespace(c=0) %}{% for x in xs %}{% set n.c = n.c + x %}{% endfor %}"
                    + "{{ n.c }}"))
        .isEqualTo("6");
    assertThat(render("{% set x = 1 %}{% for y in xs %}{% set x = y %}{% endfor %}{{ x }}"))
        .isEqualTo("1");
    assertThat(render("{% set t %}a{{ 1 }}{% endset %}{{ t }}{{ t }}")).isEqualTo("a1a1");
    assertThat(
            render(
                "{% macro f(a, b='B') %}[{{ a }}{{ b }}]{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}"))
        .isEqualTo("[1B][12]");
    assertThat(render("{% filter upper %}a{% endfilter %}{% raw %}{{ x }}{% endraw %}{# no #}."))
        .isEqualTo("A{{ x }}.");
    assertThat(render("{% macro w() %}<{{ caller() }}>{% endmacro %}{% call w() %}in{% endcall %}"))
        .isEqualTo("<in>");
    assertThat(render("{% generation %}x{% endgeneration %}")).isEqualTo("x");
  }

  @Test
  void whiteSpaceGoesAsModelsTemplatesExpectIt() {
    assertThat(render("a\n  {% if true %}\n  b\n  {% endif %}\nc\n")).isEqualTo("a\n  b\nc");
    assertThat(render("a  {{- ' b ' -}}  c")).isEqualTo("a b c");
    assertThat(render("a \n {%- if true -%} \n b{% endif %}")).isEqualTo("ab");
    assertThat(render("x {% if true %} y{% endif %}")).isEqualTo("x  y");
    assertThat(render("a\n  {%+ if true %}b{% endif %}")).isEqualTo("a\n  b");
    assertThat(render("a\n  {# note #}\nb")).isEqualTo("a\nb");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{",
        "{% if x %}",
        "{% endif %}",
        "{{ 'open }}",
        "{{ 1 + }}",
        "{% for x %}{% endfor %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% break %}",
        "{{ a b }}",
        "{# no end",
        "{{ missing.attribute }}",
        "{{ xs | nofilter }}",
        "{{ xs is notest }}",
        "{{ nofunction() }}",
        "{{ 'a' + 1 }}",
        "{{ 1 / 0 }}",
        "{{ raise_exception('because') }}"
      })
  void whatCannotBeDoneIsRefusedWithALine(String template) {
    assertThatThrownBy(() -> render("\n" + template))
        .isInstanceOf(TemplateException.class)
        .hasMessageMatching("(?s)(line \\d+: ).*");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ s.__class__ }}",
        "{{ xs.getClass() }}",
        "{{ ''.class.forName('x') }}",
        "{{ xs.append(1) }}",
        "{{ d.clear() }}",
        "{{ d.put('x', 1) }}",
        "{{ range.__globals__ }}",
        "{{ namespace().getClass() }}"
      })
  void nothingOfTheMachineIsWithinReach(String template) {
    String out;
    try {
      out = render(template);
    } catch (TemplateException refused) {
      out = "";
    }
    assertThat(out).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'a' * 999999999999 }}",
        "{{ range(10 ** 9) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set n = namespace(s='aaaaaaaaaa') %}{% for i in range(100) %}"
            + "{% set n.s = n.s + n.s %}{% endfor %}",
        "{{ 10 ** 400 }}",
        "{% set x = [1] %}{% set n = namespace(x=x) %}{% for i in range(99) %}"
            + "{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}"
      })
  void aTemplateThatCostsTooMuchIsStopped(String template) {
    assertThatThrownBy(() -> render(template)).isInstanceOf(TemplateException.class);
  }

  @Test
  void nestingHasABound() {
    assertThatThrownBy(() -> render("{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}"))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> render("{{ " + "not ".repeat(5000) + "1 }}"))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> render("{% if 1 %}".repeat(5000) + "{% endif %}".repeat(5000)))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> render("{{ 1" + " + 1".repeat(200_000) + " }}"))
        .isInstanceOf(TemplateException.class);
  }

  private static String render(String template) {
    return Template.parse(template).render(NAMES, () -> LocalDateTime.of(2026, 1, 2, 3, 4));
  }
}
