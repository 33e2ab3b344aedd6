package engram.eval.report;

import engram.eval.EvaluationRun.ConfigurationSummary;
import engram.eval.EvaluationRun.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Plots as inline SVG; their colours are the page's.
final class Plots {
  private static final int WIDTH = 760;
  private static final int LABEL_WIDTH = 150;
  private static final int BAR_HEIGHT = 12;
  private static final int PLOT_HEIGHT = 180;

  /// Beyond it queries that follow each other share a bar: a page of 50,000 bars is no plot.
  private static final int BARS_MAX = 500;

  private Plots() {}

  /// A bar for each measure and configuration, with its interval.
  static String figures(List<ConfigurationSummary> configurations) {
    StringBuilder svg = new StringBuilder();
    int y = 8;
    for (Map.Entry<String, Figure> entry : configurations.getFirst().metrics().entrySet()) {
      text(svg, 0, y + BAR_HEIGHT, entry.getKey());
      for (int index = 0; index < configurations.size(); index++) {
        Figure figure = configurations.get(index).metrics().get(entry.getKey());
        if (figure != null) {
          bar(svg, y, index, figure);
          y += BAR_HEIGHT + 2;
        }
      }
      y += 8;
    }
    for (int index = 0; index < configurations.size(); index++) {
      rect(svg, "c" + index, LABEL_WIDTH + index * 200, y, 10, 10);
      text(
          svg, LABEL_WIDTH + index * 200 + 16, y + 10, shortened(configurations.get(index).name()));
    }
    return svg("Measures with 95 % intervals", y + 20, svg);
  }

  private static void bar(StringBuilder svg, int y, int index, Figure figure) {
    rect(svg, "c" + index, LABEL_WIDTH, y, scale(figure.mean()), BAR_HEIGHT);
    double middle = y + BAR_HEIGHT / 2.0;
    line(
        svg,
        "ci",
        LABEL_WIDTH + scale(figure.ciLow()),
        middle,
        LABEL_WIDTH + scale(figure.ciHigh()),
        middle);
    text(
        svg,
        LABEL_WIDTH + scale(figure.ciHigh()) + 6,
        y + BAR_HEIGHT - 1,
        HtmlReport.number(figure.mean()));
  }

  private static double scale(double value) {
    return value * (WIDTH - LABEL_WIDTH - 70);
  }

  /// One thin bar per query, in ascending order.
  static String perQuery(String metric, boolean differences, double[] ascending) {
    double[] values = thinned(ascending);
    StringBuilder svg = new StringBuilder();
    double zero = differences ? PLOT_HEIGHT / 2.0 : PLOT_HEIGHT;
    double unit = zero - 4;
    double width = (double) WIDTH / Math.max(1, values.length);
    for (int index = 0; index < values.length; index++) {
      double height = Math.abs(values[index]) * unit;
      String kind = !differences ? "c0" : values[index] < 0 ? "bad" : "good";
      rect(
          svg,
          kind,
          index * width,
          values[index] < 0 ? zero : zero - height,
          Math.max(0.5, width * 0.9),
          height);
    }
    line(svg, "axis", 0, zero, WIDTH, zero);
    String title =
        differences ? "Difference in " + metric + " of each query" : metric + " of each query";
    return svg(title, PLOT_HEIGHT + 4, svg);
  }

  private static double[] thinned(double[] values) {
    if (values.length <= BARS_MAX) {
      return values;
    }
    List<Double> means = new ArrayList<>();
    for (int bar = 0; bar < BARS_MAX; bar++) {
      int from = (int) ((long) bar * values.length / BARS_MAX);
      int to = (int) ((long) (bar + 1) * values.length / BARS_MAX);
      double sum = 0;
      for (int index = from; index < to; index++) {
        sum += values[index];
      }
      means.add(sum / (to - from));
    }
    return means.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static String shortened(String name) {
    return name.length() <= 24 ? name : name.substring(0, 23) + "…";
  }

  private static String svg(String title, int height, StringBuilder content) {
    return "<h3>%s</h3><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%s</svg>%n"
        .formatted(HtmlReport.escape(title), WIDTH, height, HtmlReport.escape(title), content);
  }

  private static void rect(
      StringBuilder svg, String kind, double x, double y, double width, double height) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.2f\"/>",
            kind,
            x,
            y,
            width,
            height));
  }

  private static void line(
      StringBuilder svg, String kind, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
            kind,
            x1,
            y1,
            x2,
            y2));
  }

  private static void text(StringBuilder svg, double x, double y, String text) {
    svg.append(
        String.format(
            Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\">%s</text>", x, y, HtmlReport.escape(text)));
  }
}
