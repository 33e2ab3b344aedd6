package engram.inference.engine;

import engram.inference.CacheMethods;
import engram.inference.Signal;
import engram.inference.cache.PagePool;
import engram.inference.schedule.CachedSequence;
import engram.inference.schedule.Demoted;
import engram.inference.schedule.Slice;
import engram.inference.schedule.StepModel;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Looks at the cache when all requests and prefixes are gone, right before it is given back.
@SuppressWarnings("ArrayRecordComponent") // never compared
record WatchedCache(StepModel of, PagePool pool, long[] left) implements StepModel {
  @Override
  public int vocabulary() {
    return of.vocabulary();
  }

  @Override
  public int contextWindow() {
    return of.contextWindow();
  }

  @Override
  public int pageTokens() {
    return of.pageTokens();
  }

  @Override
  public int pagesTotal() {
    return of.pagesTotal();
  }

  @Override
  public int pagesFree() {
    return of.pagesFree();
  }

  @Override
  public Set<Signal> signals() {
    return of.signals();
  }

  @Override
  public CachedSequence open(CacheMethods methods) {
    return of.open(methods);
  }

  @Override
  public double secondsToBringBack(CachedSequence sequence, int from) {
    return of.secondsToBringBack(sequence, from);
  }

  @Override
  public @Nullable Demoted demote(CachedSequence sequence, int from, String owner, Runnable wake) {
    return of.demote(sequence, from, owner, wake);
  }

  @Override
  public void step(List<Slice> batch, float[][] logits) {
    of.step(batch, logits);
  }

  @Override
  public void close() {
    left[0] = pool.livePages();
    left[1] = pool.budget().usedBytes();
    of.close();
  }
}
