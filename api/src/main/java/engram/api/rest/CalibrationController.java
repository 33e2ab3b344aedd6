package engram.api.rest;

import engram.api.admin.Audit;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.retrieval.Access;
import engram.retrieval.Calibration;
import engram.retrieval.Library;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// How a collection's hits are ranked.
@RestController
@RequestMapping("/api/collections/{collection}/calibration")
class CalibrationController {
  private final Library library;
  private final Audit audit;
  private final Transactions transactions;

  CalibrationController(Library library, Audit audit, Transactions transactions) {
    this.library = library;
    this.audit = audit;
    this.transactions = transactions;
  }

  /// @param calibrated whether the values are the collection's own, and not the defaults
  record View(
      double k1,
      double b,
      double feedback,
      double textWeight,
      double functionWords,
      double titles,
      boolean calibrated) {
    static View of(@Nullable Calibration stored) {
      Calibration shown = stored == null ? Calibration.NONE : stored;
      return new View(
          shown.k1(),
          shown.b(),
          shown.feedback(),
          shown.textWeight(),
          shown.functionWordWeight(),
          shown.titleWeight(),
          stored != null);
    }
  }

  @GetMapping
  @Requires(Verb.READ)
  View get(Access access, @PathVariable String collection) {
    return View.of(library.calibration(access, collection));
  }

  @PutMapping
  @Requires(Verb.WRITE)
  View set(
      Caller caller,
      Access access,
      @PathVariable String collection,
      @RequestBody CalibrationBody body) {
    Calibration calibration = body.toCalibration();
    keep(caller, access, collection, calibration);
    return View.of(calibration);
  }

  @DeleteMapping
  @Requires(Verb.WRITE)
  View reset(Caller caller, Access access, @PathVariable String collection) {
    keep(caller, access, collection, null);
    return View.of(null);
  }

  private void keep(
      Caller caller, Access access, String collection, @Nullable Calibration calibration) {
    transactions.inTenant(
        access.tenant(),
        () -> {
          library.calibrate(access, collection, calibration);
          Map<String, Object> detail =
              calibration == null
                  ? Map.of()
                  : Map.of(
                      "k1", calibration.k1(),
                      "b", calibration.b(),
                      "feedback", calibration.feedback(),
                      "text_weight", calibration.textWeight(),
                      "function_words", calibration.functionWordWeight(),
                      "titles", calibration.titleWeight());
          audit.add(caller, "collection.calibrated", "collection " + collection, detail);
        });
  }
}
