package engram.inference.kernel;

/// How the numbers of cached keys and values are stored.
///
/// `INT8`: groups of 32 channels of one token share a scale, symmetric. `INT4`: such groups share a
/// scale and a minimum. A token is coded by itself when it is written, never with its neighbours,
/// so what is cached does not depend on how a prompt was cut into steps.
public enum KvType {
  F32(0),
  F16(1),
  INT8(2),
  INT4(3);

  final int id;

  KvType(int id) {
    this.id = id;
  }
}
