package engram.retrieval;

import java.util.List;

/// Changes how a collection is cut, analysed or embedded without an hour in which it answers
/// wrongly: the new build is made while the old one serves, both are compared, one transaction
/// switches, another one switches back.
///
/// From the moment at which a build is started until it is discarded, every document that is
/// ingested is written to all builds of its collection in one transaction. Deleting a document
/// deletes it from all. A search can name a build by [RankingOptions#build].
///
/// For those who may administer the collection: who that is, the room above says. Any number of
/// threads.
public interface Builds {
  /// What the ledger of long work calls the jobs that make and remove builds; their subject is
  /// `collection/build`.
  String JOB_KIND = "build";

  /// Begins a build; [Ingestion#buildNext] makes it.
  ///
  /// @throws RefusedException `CONFLICT` with the code `candidate_exists`, `INVALID` with
  ///   `unknown_embedding_model`
  Build start(Access access, String collectionId, Build.Draft draft);

  /// All of a collection, newest first.
  List<Build> list(Access access, String collectionId);

  Build get(Access access, String collectionId, int build);

  /// Lets a build serve that is ready or retired. Every search that begins after it was told of the
  /// switch sees the new build, and none sees both. New documents of the collection are cut as the
  /// build says from now on. Activating the one that serves changes nothing.
  ///
  /// @param acceptFailures whether it may lack documents
  /// @throws RefusedException `CONFLICT` with the code `build_not_ready` or `build_has_failures`
  Build activate(Access access, String collectionId, int build, boolean acceptFailures);

  /// Activates the build that was retired last.
  ///
  /// @throws RefusedException `CONFLICT` also with the code `no_retired_build`
  Build rollback(Access access, String collectionId, boolean acceptFailures);

  /// Takes a build away, but for the one that serves. It can no longer be searched when this
  /// returns; its chunks go in the background, and then it does.
  ///
  /// @throws RefusedException `CONFLICT` with the code `build_serves`
  Build discard(Access access, String collectionId, int build);
}
