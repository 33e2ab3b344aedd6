package engram.api.rest;

import engram.retrieval.Calibration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How hits are ranked; what is not named has its default.
///
/// @param functionWords what words that only carry grammar count, 0.01 to 1
/// @param titles what a word counts once more in a title or heading, 0 to 1
record CalibrationBody(
    @Nullable Double k1,
    @Nullable Double b,
    @Nullable Double feedback,
    @Nullable Double textWeight,
    @Nullable Double functionWords,
    @Nullable Double titles) {
  Calibration toCalibration() {
    return new Calibration(
        Objects.requireNonNullElse(k1, Calibration.NONE.k1()),
        Objects.requireNonNullElse(b, Calibration.NONE.b()),
        Objects.requireNonNullElse(feedback, Calibration.NONE.feedback()),
        Objects.requireNonNullElse(textWeight, Calibration.NONE.textWeight()),
        functionWords,
        titles);
  }
}
