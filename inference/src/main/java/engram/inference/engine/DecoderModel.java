package engram.inference.engine;

import engram.inference.AttentionPattern;
import engram.inference.CacheMethods;
import engram.inference.EngineSettings.CacheType;
import engram.inference.KvPolicy;
import engram.inference.Signal;
import engram.inference.attention.Attention;
import engram.inference.cache.KvSequence;
import engram.inference.cache.KvSnapshot;
import engram.inference.cache.PagePool;
import engram.inference.kernel.KvType;
import engram.inference.kernel.PageFormat;
import engram.inference.model.Decoder;
import engram.inference.model.Output;
import engram.inference.model.Step;
import engram.inference.schedule.CachedSequence;
import engram.inference.schedule.Demoted;
import engram.inference.schedule.Slice;
import engram.inference.schedule.StepModel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A [Decoder] with a cache of its own, as the scheduler sees models.
///
/// The pool's budget is this cache's alone: what is free is then nobody else's. Sequences that are
/// stored in another way than the model's own have pools of their own under the same budget; pages
/// are counted in those of the model's own way, rounded up.
final class DecoderModel implements StepModel {
  private final Decoder decoder;
  private final PagePool pool;
  private final Map<KvType, PagePool> pools = new EnumMap<>(KvType.class);
  private final Attention attention;
  private final @Nullable TieredCaches tier;
  private final Runnable closing;

  /// @param pool closed with this
  /// @param attention measures signals; closed with this
  /// @param closing run after that
  DecoderModel(Decoder decoder, PagePool pool, Attention attention, Runnable closing) {
    this(decoder, pool, attention, null, closing);
  }

  /// As above.
  ///
  /// @param tier takes the caches of sequences that give their pages up
  DecoderModel(
      Decoder decoder,
      PagePool pool,
      Attention attention,
      @Nullable TieredCaches tier,
      Runnable closing) {
    this.decoder = decoder;
    this.pool = pool;
    this.attention = attention;
    this.tier = tier;
    this.closing = closing;
    pools.put(pool.layout().type(), pool);
  }

  @Override
  public int vocabulary() {
    return decoder.config().vocabulary();
  }

  @Override
  public int contextWindow() {
    return decoder.contextTokens();
  }

  @Override
  public int pageTokens() {
    return PageFormat.TOKENS;
  }

  @Override
  public int pagesTotal() {
    return (int) Math.min(Integer.MAX_VALUE, pool.budget().bytes() / pool.format().bytes());
  }

  @Override
  public int pagesFree() {
    return (int) Math.min(Integer.MAX_VALUE, pool.budget().freeBytes() / pool.format().bytes());
  }

  @Override
  public Set<Signal> signals() {
    return Set.of(Signal.COLSUM_W, Signal.COLSUM_ALL, Signal.LOGPROB);
  }

  @Override
  public CachedSequence open(CacheMethods methods) {
    KvPolicy policy = methods.policy();
    CutCache cut =
        policy == null
            ? null
            : new CutCache(methods, policy, decoder.config().layers(), pool.layout().kvHeads());
    return new Cached(new KvSequence(poolOf(methods.cacheType())), 0, cut, methods.pattern());
  }

  private PagePool poolOf(@Nullable CacheType type) {
    return type == null
        ? pool
        : pools.computeIfAbsent(
            ModelLoading.typeOf(type), t -> new PagePool(decoder.layout(t), pool.budget()));
  }

  @Override
  public double secondsToBringBack(CachedSequence sequence, int from) {
    return tier == null
        ? Double.POSITIVE_INFINITY
        : tier.seconds(KvSnapshot.bytes(((Cached) sequence).entries, from));
  }

  @Override
  public @Nullable Demoted demote(CachedSequence sequence, int from, String owner, Runnable wake) {
    if (tier == null) {
      return null;
    }
    Cached cached = (Cached) sequence;
    KvSequence entries = cached.entries;
    long bytes = from == 0 ? entries.heldBytes() : KvSnapshot.bytes(entries, from);
    return tier.demote(
        new TieredCaches.Part(entries, from, cached.length, inOwnPages(bytes)),
        owner,
        before -> before == null ? new KvSequence(entries.pool()) : ((Cached) before).entries,
        whole -> new Cached(whole, cached.length, cached.cut, cached.pattern),
        wake);
  }

  private int inOwnPages(long bytes) {
    long own = pool.format().bytes();
    return (int) Math.min(Integer.MAX_VALUE, (bytes + own - 1) / own);
  }

  @Override
  public void step(List<Slice> batch, float[][] logits) {
    Step step = new Step();
    List<Cached> sequences = new ArrayList<>(batch.size());
    int rows = 0;
    for (Slice slice : batch) {
      Cached sequence = (Cached) slice.sequence();
      sequences.add(sequence);
      if (sequence.cut != null) {
        sequence.cut.cut(sequence.entries, sequence.length);
      }
      int first = step.add(sequence.entries, slice.tokens(), sequence.length, sequence.pattern);
      int end = first + slice.tokens().length;
      for (int row = end - slice.rows(); row < end; row++) {
        step.want(row);
      }
      rows += slice.rows();
    }
    if (SignalReader.wanted(batch, sequences)) {
      step.watch(new SignalReader(batch, sequences, attention, decoder::shape));
    }
    Output output = decoder.forward(step);
    for (int i = 0; i < batch.size(); i++) {
      Slice slice = batch.get(i);
      Cached sequence = sequences.get(i);
      sequence.length += slice.tokens().length;
      if (sequence.cut != null) {
        sequence.cut.written(slice.moment());
      }
    }
    int width = output.vocabulary();
    for (int row = 0; row < rows; row++) {
      MemorySegment.copy(
          output.logits(), ValueLayout.JAVA_FLOAT, 4L * row * width, logits[row], 0, width);
    }
  }

  @Override
  public void close() {
    pools.values().forEach(PagePool::close);
    attention.close();
    closing.run();
  }

  /// A sequence of this model's cache.
  final class Cached implements CachedSequence {
    private final KvSequence entries;
    private final @Nullable CutCache cut;
    private final @Nullable AttentionPattern pattern;
    private int length;

    Cached(
        KvSequence entries,
        int length,
        @Nullable CutCache cut,
        @Nullable AttentionPattern pattern) {
      this.entries = entries;
      this.length = length;
      this.cut = cut;
      this.pattern = pattern;
    }

    KvSequence entries() {
      return entries;
    }

    @Nullable CutCache cut() {
      return cut;
    }

    @Override
    public void scored(int position, float logProb) {
      if (cut != null) {
        cut.scored(position, logProb);
      }
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public int pagesToAppend(int tokens) {
      long pages = entries.pagesNeeded(tokens);
      return inOwnPages(pages * entries.pool().format().bytes());
    }

    @Override
    public int pages() {
      return inOwnPages(entries.heldBytes());
    }

    @Override
    public CachedSequence fork(int tokens) {
      return new Cached(entries.fork(tokens), tokens, null, pattern);
    }

    @Override
    public void skip(int tokens) {
      length += tokens;
    }

    @Override
    public void truncate(int tokens) {
      if (tokens < length) {
        entries.truncate(tokens);
        length = tokens;
      }
    }

    @Override
    public void close() {
      entries.close();
    }
  }
}
