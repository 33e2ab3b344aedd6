package engram.retrieval.parse;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.pdfbox.contentstream.PDFStreamEngine;
import org.apache.pdfbox.contentstream.operator.Operator;
import org.apache.pdfbox.contentstream.operator.OperatorProcessor;
import org.apache.pdfbox.cos.COSBase;
import org.apache.pdfbox.cos.COSNumber;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.util.Matrix;
import org.apache.pdfbox.util.Vector;
import org.jspecify.annotations.Nullable;

/// The straight horizontal and vertical lines that a page draws: stroked, or filled as thin
/// rectangles, which is how office programs draw the borders of a table.
///
/// Listens to the path operators of the engine that reads the text, so a page is run only once.
final class PdfRulings {
  /// A page that draws more lines than any table has is a drawing; none of them is kept.
  private static final int RULINGS_MAX = 20_000;

  private static final int PATH_POINTS_MAX = 100_000;
  private static final float LENGTH_MIN = 4;
  private static final float THIN = 3;
  private static final float SLANT_MAX = 0.5f;

  /// Lines nearer than this are one line, and ends nearer than this touch.
  static final float NEAR = 3;

  /// One line, in points of the page as displayed, y downwards.
  ///
  /// @param at its y if horizontal, its x if vertical
  record Ruling(boolean horizontal, float at, float from, float to) {
    boolean covers(float point) {
      return from <= point && point <= to;
    }

    boolean touches(Ruling across) {
      return across.at > from - NEAR
          && across.at < to + NEAR
          && at > across.from - NEAR
          && at < across.to + NEAR;
    }
  }

  private record Point(float x, float y) {}

  private final PDFStreamEngine engine;
  private final List<Ruling> rulings = new ArrayList<>();
  private final List<Ruling> edges = new ArrayList<>();
  private final List<List<Point>> path = new ArrayList<>();
  private int pathPoints;
  private int rotation;
  private PDRectangle crop = new PDRectangle();

  PdfRulings(PDFStreamEngine engine) {
    this.engine = engine;
    for (String name : List.of("m", "l", "c", "v", "y", "h", "re")) {
      engine.addOperator(new PathOperator(name));
    }
    for (String name : List.of("S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "n")) {
      engine.addOperator(new PathOperator(name));
    }
  }

  void startPage(PDPage page) {
    rulings.clear();
    edges.clear();
    clearPath();
    rotation = page.getRotation();
    crop = page.getCropBox();
  }

  /// Of the page so far; pieces of one line joined. Empty where there are too many.
  List<Ruling> joined() {
    if (rulings.size() > RULINGS_MAX) {
      return List.of();
    }
    List<Ruling> joined = new ArrayList<>();
    join(rulings.stream().filter(Ruling::horizontal).toList(), joined);
    join(rulings.stream().filter(ruling -> !ruling.horizontal()).toList(), joined);
    return joined;
  }

  /// Where filled areas end: shaded rows often have no lines between them.
  List<Ruling> edges() {
    return List.copyOf(edges);
  }

  private static void join(List<Ruling> parallel, List<Ruling> joined) {
    List<Ruling> sorted = new ArrayList<>(parallel);
    sorted.sort(Comparator.comparingDouble(Ruling::at));
    for (int from = 0; from < sorted.size(); ) {
      int to = from;
      while (to < sorted.size() && sorted.get(to).at() - sorted.get(from).at() <= NEAR) {
        to++;
      }
      List<Ruling> level = new ArrayList<>(sorted.subList(from, to));
      level.sort(Comparator.comparingDouble(Ruling::from));
      Ruling last = level.getFirst();
      for (Ruling next : level) {
        if (next.from() > last.to() + NEAR) {
          joined.add(last);
          last = next;
        } else {
          last =
              new Ruling(last.horizontal(), last.at(), last.from(), Math.max(last.to(), next.to()));
        }
      }
      joined.add(last);
      from = to;
    }
  }

  private final class PathOperator extends OperatorProcessor {
    private final String name;

    PathOperator(String name) {
      super(engine);
      this.name = name;
    }

    @Override
    public String getName() {
      return name;
    }

    @Override
    public void process(Operator operator, List<COSBase> operands) {
      switch (name) {
        case "m", "l", "c", "v", "y", "re" -> draw(operands);
        case "h" -> close();
        case "S", "B", "B*" -> paint(true);
        case "s", "b", "b*" -> {
          close();
          paint(true);
        }
        case "f", "F", "f*" -> paint(false);
        default -> clearPath();
      }
    }

    private void draw(List<COSBase> operands) {
      float[] n = numbers(operands);
      if (n.length < 2 || (name.equals("re") && n.length < 4) || pathPoints > PATH_POINTS_MAX) {
        return;
      }
      switch (name) {
        case "m" -> start(point(n[0], n[1]));
        case "re" -> {
          start(point(n[0], n[1]));
          add(point(n[0] + n[2], n[1]));
          add(point(n[0] + n[2], n[1] + n[3]));
          add(point(n[0], n[1] + n[3]));
          close();
        }
        // Of a curve only where it ends matters here.
        case "l" -> add(point(n[0], n[1]));
        default -> start(point(n[n.length - 2], n[n.length - 1]));
      }
    }
  }

  private static float[] numbers(List<COSBase> operands) {
    float[] numbers = new float[operands.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!(operands.get(i) instanceof COSNumber number)) {
        return new float[0];
      }
      numbers[i] = number.floatValue();
    }
    return numbers;
  }

  /// As displayed, in the same way as PDFBox turns the positions of text.
  private Point point(float x, float y) {
    Matrix matrix = engine.getGraphicsState().getCurrentTransformationMatrix();
    Vector moved = matrix.transform(new Vector(x, y));
    float px = moved.getX() - crop.getLowerLeftX();
    float py = moved.getY() - crop.getLowerLeftY();
    return switch (rotation) {
      case 90 -> new Point(py, px);
      case 180 -> new Point(crop.getWidth() - px, py);
      case 270 -> new Point(crop.getHeight() - py, crop.getWidth() - px);
      default -> new Point(px, crop.getHeight() - py);
    };
  }

  private void start(Point point) {
    path.add(new ArrayList<>(List.of(point)));
    pathPoints++;
  }

  private void add(Point point) {
    if (path.isEmpty()) {
      start(point);
    } else {
      path.getLast().add(point);
      pathPoints++;
    }
  }

  private void close() {
    if (!path.isEmpty()) {
      add(path.getLast().getFirst());
    }
  }

  private void paint(boolean stroked) {
    for (List<Point> part : path) {
      Ruling thin = thin(part);
      if (thin != null) {
        keep(thin, rulings);
      } else if (stroked || part.size() <= 5) {
        for (int i = 1; i < part.size(); i++) {
          keep(straight(part.get(i - 1), part.get(i)), stroked ? rulings : edges);
        }
      }
    }
    clearPath();
  }

  private void clearPath() {
    path.clear();
    pathPoints = 0;
  }

  private static void keep(@Nullable Ruling ruling, List<Ruling> into) {
    if (ruling != null && ruling.to() - ruling.from() >= LENGTH_MIN && into.size() <= RULINGS_MAX) {
      into.add(ruling);
    }
  }

  private static @Nullable Ruling straight(Point a, Point b) {
    if (Math.abs(a.y() - b.y()) <= SLANT_MAX) {
      return new Ruling(true, a.y(), Math.min(a.x(), b.x()), Math.max(a.x(), b.x()));
    }
    if (Math.abs(a.x() - b.x()) <= SLANT_MAX) {
      return new Ruling(false, a.x(), Math.min(a.y(), b.y()), Math.max(a.y(), b.y()));
    }
    return null;
  }

  /// A shape of four corners and no thickness to speak of is a line.
  private static @Nullable Ruling thin(List<Point> part) {
    if (part.size() < 4 || part.size() > 5) {
      return null;
    }
    float left = (float) part.stream().mapToDouble(Point::x).min().orElseThrow();
    float right = (float) part.stream().mapToDouble(Point::x).max().orElseThrow();
    float top = (float) part.stream().mapToDouble(Point::y).min().orElseThrow();
    float bottom = (float) part.stream().mapToDouble(Point::y).max().orElseThrow();
    if (bottom - top <= THIN && right - left > bottom - top) {
      return new Ruling(true, (top + bottom) / 2, left, right);
    }
    if (right - left <= THIN) {
      return new Ruling(false, (left + right) / 2, top, bottom);
    }
    return null;
  }
}
