package engram.inference.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Memory as vectors of this machine's width, and back.
final class Vectors {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  /// As many words of 16 bits as there are floats in a vector.
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(
          short.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 2)));

  static final MemorySegment ALL = RawMemory.ALL;
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  static final int LANES = FLOATS.length();

  private Vectors() {}

  static int bits() {
    return FLOATS.vectorBitSize();
  }

  /// Whether a panel is a whole number of this machine's vectors.
  static boolean fit() {
    int rows = PanelFormat.ROWS;
    return LANES <= rows && rows % LANES == 0 && ByteOrder.nativeOrder() == ORDER;
  }

  static FloatVector zeros() {
    return FloatVector.zero(FLOATS);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  static FloatVector floatsAt(long at) {
    return FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER);
  }

  static IntVector words(long at) {
    return ByteVector.fromMemorySegment(ByteVector.SPECIES_PREFERRED, ALL, at, ORDER)
        .reinterpretAsInts();
  }

  static FloatVector brains(long at) {
    return halfWords(at).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /// Exponent and fraction moved to a float's places, then times 2^112: right for numbers below the
  /// normal halves too. Infinities and NaNs, whose exponent is all ones, are set by hand.
  static FloatVector halves(long at) {
    IntVector words = halfWords(at);
    IntVector rest = words.and(0x7fff);
    FloatVector value = rest.lanewise(VectorOperators.LSHL, 13).reinterpretAsFloats().mul(0x1p112f);
    IntVector bits = value.reinterpretAsInts();
    bits =
        bits.blend(
            rest.lanewise(VectorOperators.LSHL, 13).or(0x7f800000),
            rest.compare(VectorOperators.GE, 0x7c00));
    return bits.or(words.and(0x8000).lanewise(VectorOperators.LSHL, 16)).reinterpretAsFloats();
  }

  /// Not at the end of a long loop: a vector that is passed to a method that is not inlined there
  /// is an object.
  static void store(FloatVector vector, long at) {
    vector.intoMemorySegment(ALL, at, ORDER);
  }

  /// 16 bits each, widened with their sign.
  private static IntVector halfWords(long at) {
    return (IntVector)
        ShortVector.fromMemorySegment(SHORTS, ALL, at, ORDER)
            .convertShape(VectorOperators.S2I, INTS, 0);
  }
}
