package engram.inference.model.config;

import java.util.List;

/// How a context longer than the trained one is fitted in.
public sealed interface RopeScaling {
  /// @param plain radians per position of each pair
  double[] scale(double[] plain, double base, int contextTokens);

  /// Factor on cosine and sine.
  default double magnitude() {
    return 1;
  }

  /// @throws IllegalArgumentException if this does not fit so many turning numbers
  default void check(int rotary) {}

  record None() implements RopeScaling {
    @Override
    public double[] scale(double[] plain, double base, int contextTokens) {
      return plain;
    }
  }

  /// Positions divided by a factor. Chen et al. 2023.
  record Linear(double factor) implements RopeScaling {
    public Linear {
      positive("factor", factor);
    }

    @Override
    public double[] scale(double[] plain, double base, int contextTokens) {
      double[] scaled = plain.clone();
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] /= factor;
      }
      return scaled;
    }
  }

  /// A larger base, so that slow pairs slow down by the factor and fast ones hardly: "NTK-aware",
  /// and dynamic, since nothing changes within the trained context.
  record Ntk(double factor, int trainedTokens) implements RopeScaling {
    public Ntk {
      positive("factor", factor);
      positive("trained context", trainedTokens);
    }

    @Override
    public double[] scale(double[] plain, double base, int contextTokens) {
      int rotary = 2 * plain.length;
      if (contextTokens <= trainedTokens || rotary == 2) {
        return plain;
      }
      double stretch = factor * contextTokens / trainedTokens - (factor - 1);
      return RopeTable.frequencies(base * Math.pow(stretch, rotary / (rotary - 2.0)), rotary);
    }
  }

  /// Fast pairs stay, slow ones are interpolated, with a ramp between. Peng et al. 2023, section
  /// 3.2; the ramp's ends are pairs that turn `betaFast` and `betaSlow` times in the trained
  /// context.
  ///
  /// @param truncate the ends are rounded to whole pairs
  /// @param magnitude the attention's temperature, on queries and keys alike
  record Yarn(
      double factor,
      int trainedTokens,
      double betaFast,
      double betaSlow,
      boolean truncate,
      double magnitude)
      implements RopeScaling {
    public Yarn {
      positive("factor", factor);
      positive("trained context", trainedTokens);
      positive("beta fast", betaFast);
      positive("beta slow", betaSlow);
      positive("magnitude", magnitude);
    }

    /// The paper's: `0.1 ln(factor) + 1`.
    public static double usualMagnitude(double factor) {
      return factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1;
    }

    @Override
    public double[] scale(double[] plain, double base, int contextTokens) {
      int rotary = 2 * plain.length;
      double low = pair(betaFast, rotary, base);
      double high = pair(betaSlow, rotary, base);
      if (truncate) {
        low = Math.floor(low);
        high = Math.ceil(high);
      }
      low = Math.max(low, 0);
      high = Math.min(high, rotary - 1);
      double width = high == low ? 0.001 : high - low;
      double[] scaled = new double[plain.length];
      for (int i = 0; i < scaled.length; i++) {
        double interpolated = Math.clamp((i - low) / width, 0, 1);
        scaled[i] = plain[i] / factor * interpolated + plain[i] * (1 - interpolated);
      }
      return scaled;
    }

    private double pair(double turns, int rotary, double base) {
      return rotary * Math.log(trainedTokens / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }
  }

  /// Llama 3.1's: pairs whose wave is longer than `trained / lowFactor` slow down by the factor,
  /// shorter than `trained / highFactor` stay, with a ramp between.
  record Llama3(double factor, double lowFactor, double highFactor, int trainedTokens)
      implements RopeScaling {
    public Llama3 {
      positive("factor", factor);
      positive("low frequency factor", lowFactor);
      positive("trained context", trainedTokens);
      if (!(highFactor > lowFactor) || !(highFactor < 1e6)) {
        throw new IllegalArgumentException(
            "high frequency factor " + highFactor + " not above the low one, " + lowFactor);
      }
    }

    @Override
    public double[] scale(double[] plain, double base, int contextTokens) {
      double[] scaled = new double[plain.length];
      for (int i = 0; i < scaled.length; i++) {
        double turns = trainedTokens * plain[i] / (2 * Math.PI);
        double kept = Math.clamp((turns - lowFactor) / (highFactor - lowFactor), 0, 1);
        scaled[i] = plain[i] / factor * (1 - kept) + plain[i] * kept;
      }
      return scaled;
    }
  }

  /// Each pair divided by its own factor: how GGUF stores Llama 3's.
  record Factors(List<Float> factors) implements RopeScaling {
    public Factors {
      factors = List.copyOf(factors);
      factors.forEach(factor -> positive("factor", factor));
    }

    @Override
    public double[] scale(double[] plain, double base, int contextTokens) {
      return divided(plain, factors);
    }

    @Override
    public void check(int rotary) {
      checkCount(factors, rotary);
    }
  }

  /// Found factors for each pair, others within the trained context than beyond it. Ding et al.
  /// 2024. Which ones is decided once, by the context that is planned for.
  record LongRope(
      List<Float> shortFactors, List<Float> longFactors, int trainedTokens, double magnitude)
      implements RopeScaling {
    public LongRope {
      shortFactors = List.copyOf(shortFactors);
      longFactors = List.copyOf(longFactors);
      shortFactors.forEach(factor -> positive("short factor", factor));
      longFactors.forEach(factor -> positive("long factor", factor));
      positive("trained context", trainedTokens);
      positive("magnitude", magnitude);
    }

    /// The usual: `sqrt(1 + ln(context / trained) / ln(trained))`.
    public static double usualMagnitude(double factor, int trainedTokens) {
      return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(trainedTokens));
    }

    @Override
    public double[] scale(double[] plain, double base, int contextTokens) {
      return divided(plain, contextTokens > trainedTokens ? longFactors : shortFactors);
    }

    @Override
    public void check(int rotary) {
      checkCount(shortFactors, rotary);
      checkCount(longFactors, rotary);
    }
  }

  private static double[] divided(double[] plain, List<Float> factors) {
    double[] scaled = plain.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] /= factors.get(i);
    }
    return scaled;
  }

  private static void checkCount(List<Float> factors, int rotary) {
    if (factors.size() != rotary / 2) {
      throw new IllegalArgumentException(
          factors.size() + " rope factors for " + rotary / 2 + " pairs");
    }
  }

  private static void positive(String what, double value) {
    if (!(value > 0) || value > 1e9) {
      throw new IllegalArgumentException("rope's " + what + " is " + value + ", not in 0..1e9");
    }
  }
}
