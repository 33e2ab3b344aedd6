package engram.api.rest;

import engram.retrieval.Calibration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How hits are ranked; what is not named has its default.
record CalibrationBody(
    @Nullable Double k1,
    @Nullable Double b,
    @Nullable Double feedback,
    @Nullable Double textWeight) {
  Calibration toCalibration() {
    return new Calibration(
        Objects.requireNonNullElse(k1, Calibration.NONE.k1()),
        Objects.requireNonNullElse(b, Calibration.NONE.b()),
        Objects.requireNonNullElse(feedback, Calibration.NONE.feedback()),
        Objects.requireNonNullElse(textWeight, Calibration.NONE.textWeight()));
  }
}
