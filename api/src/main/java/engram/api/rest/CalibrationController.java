package engram.api.rest;

import engram.api.admin.Audit;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.retrieval.Calibration;
import engram.retrieval.Library;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
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

  /// @param build null for the one that serves
  @GetMapping
  @Requires(Verb.READ)
  View get(
      Caller caller,
      @PathVariable String collection,
      @RequestParam(required = false) @Nullable Integer build) {
    check(caller, build);
    return View.of(library.calibration(caller.access(), collection, build));
  }

  @PutMapping
  @Requires(Verb.WRITE)
  View set(
      Caller caller,
      @PathVariable String collection,
      @RequestParam(required = false) @Nullable Integer build,
      @RequestBody CalibrationBody body) {
    Calibration calibration = body.toCalibration();
    keep(caller, collection, build, calibration);
    return View.of(calibration);
  }

  @DeleteMapping
  @Requires(Verb.WRITE)
  View reset(
      Caller caller,
      @PathVariable String collection,
      @RequestParam(required = false) @Nullable Integer build) {
    keep(caller, collection, build, null);
    return View.of(null);
  }

  private static void check(Caller caller, @Nullable Integer build) {
    if (build != null) {
      LibraryController.checkMayTryBuilds(caller);
    }
  }

  private void keep(
      Caller caller,
      String collection,
      @Nullable Integer build,
      @Nullable Calibration calibration) {
    check(caller, build);
    transactions.inTenant(
        caller.access().tenant(),
        () -> {
          library.calibrate(caller.access(), collection, build, calibration);
          Map<String, Object> detail = new TreeMap<>();
          if (build != null) {
            detail.put("build", build);
          }
          if (calibration != null) {
            detail.put("k1", calibration.k1());
            detail.put("b", calibration.b());
            detail.put("feedback", calibration.feedback());
            detail.put("text_weight", calibration.textWeight());
            detail.put("function_words", calibration.functionWordWeight());
            detail.put("titles", calibration.titleWeight());
          }
          audit.add(caller, "collection.calibrated", "collection " + collection, detail);
        });
  }
}
