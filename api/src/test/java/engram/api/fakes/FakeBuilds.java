package engram.api.fakes;

import engram.retrieval.Access;
import engram.retrieval.Build;
import engram.retrieval.Builds;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import java.util.List;

/// The fake library can be searched in one way: no build can be made.
final class FakeBuilds implements Builds {
  @Override
  public Build start(Access access, String collectionId, Build.Draft draft) {
    throw new RefusedException(RefusedException.Reason.CONFLICT, "fake", "There are no builds.");
  }

  @Override
  public List<Build> list(Access access, String collectionId) {
    return List.of();
  }

  @Override
  public Build get(Access access, String collectionId, int build) {
    throw new NotFoundException("build", Integer.toString(build));
  }

  @Override
  public Build activate(Access access, String collectionId, int build, boolean acceptFailures) {
    return get(access, collectionId, build);
  }

  @Override
  public Build rollback(Access access, String collectionId, boolean acceptFailures) {
    return get(access, collectionId, 0);
  }

  @Override
  public Build discard(Access access, String collectionId, int build) {
    return get(access, collectionId, build);
  }
}
