package engram.inference.engine;

import engram.inference.EngineSettings;
import engram.inference.KvTier;
import engram.inference.attention.Attention;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.model.Decoder;
import engram.inference.model.Encoder;
import engram.inference.model.ModelFile;
import engram.inference.model.ModelFile.VocabularySource;
import engram.inference.model.file.MappedFile;
import engram.inference.model.file.ModelFileException;
import engram.inference.tokenizer.GgufVocabulary;
import engram.inference.tokenizer.SentencePieceFile;
import engram.inference.tokenizer.Tokenizer;
import engram.inference.tokenizer.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// From files to models that run.
final class ModelLoading {
  private static final long TEMPLATE_BYTES_MAX = 1 << 20;

  private ModelLoading() {}

  /// A model as its settings say: a decoder or an encoder, as its own files say.
  static Loaded load(EngineSettings.Model model, Kernels kernels, @Nullable KvTier tier)
      throws IOException {
    try (ModelFile file = ModelFile.open(model.path())) {
      Tokenizer tokenizer = tokenizer(file.vocabulary());
      if (file.config().architecture().encoder()) {
        return new TextEncoder(Encoder.load(file, kernels), tokenizer);
      }
    }
    return decoder(
        model.path(),
        model.contextTokens(),
        model.cacheBytes(),
        typeOf(model.cacheType()),
        kernels,
        tier);
  }

  static KvType typeOf(EngineSettings.CacheType type) {
    return switch (type) {
      case F32 -> KvType.F32;
      case F16 -> KvType.F16;
      case INT8 -> KvType.INT8;
      case INT4 -> KvType.INT4;
    };
  }

  /// A decoder with its vocabulary and cache.
  ///
  /// @param path a `.gguf` file or a folder with `config.json`
  /// @param contextTokens the longest sequence; no more than the model was made for
  /// @param cacheBytes of keys and values of all its sequences together
  /// @param kernels stay the caller's
  /// @param tier takes caches of requests that must wait; stays the caller's
  static LoadedModel decoder(
      Path path,
      int contextTokens,
      long cacheBytes,
      KvType type,
      Kernels kernels,
      @Nullable KvTier tier)
      throws IOException {
    try (ModelFile file = ModelFile.open(path)) {
      Tokenizer tokenizer = tokenizer(file.vocabulary());
      int context = Math.min(contextTokens, file.config().contextWindow());
      Decoder decoder = Decoder.load(file, context, kernels);
      // The weights go with the last that reads them.
      AtomicInteger readers = new AtomicInteger();
      return new LoadedModel(
          reader(decoder, cacheBytes, type, kernels, readers, caches(path, tier)),
          TokenizerVocabulary.of(tokenizer, decoder.config()),
          () -> reader(decoder, cacheBytes, type, kernels, readers, null),
          new DecoderReader(decoder, tokenizer));
    }
  }

  private static @Nullable TieredCaches caches(Path path, @Nullable KvTier tier) {
    return tier == null ? null : new TieredCaches(tier, String.valueOf(path.getFileName()));
  }

  private static DecoderModel reader(
      Decoder decoder,
      long cacheBytes,
      KvType type,
      Kernels kernels,
      AtomicInteger readers,
      @Nullable TieredCaches tier) {
    readers.incrementAndGet();
    return new DecoderModel(
        decoder,
        new PagePool(decoder.layout(type), new MemoryBudget(cacheBytes)),
        new Attention(kernels.backend(), kernels.pool()),
        tier,
        () -> {
          if (readers.decrementAndGet() == 0) {
            decoder.close();
          }
        });
  }

  static Tokenizer tokenizer(VocabularySource source) throws IOException {
    return switch (source) {
      case VocabularySource.Gguf(var metadata) -> GgufVocabulary.read(metadata.values());
      case VocabularySource.Folder(var folder) -> ofFolder(folder);
    };
  }

  /// A template in a file of its own counts more than the one in `tokenizer_config.json`, as newer
  /// versions of the models' own library have it.
  private static Tokenizer ofFolder(Path folder) throws IOException {
    byte @Nullable [] config = bytesOf(folder.resolve("tokenizer_config.json"));
    byte @Nullable [] json = bytesOf(folder.resolve("tokenizer.json"));
    Tokenizer tokenizer =
        json == null
            ? SentencePieceFile.read(
                MappedFile.read(folder.resolve("tokenizer.model"), Tokenizer.FILE_BYTES_MAX))
            : TokenizerJson.read(json, config);
    Path template = folder.resolve("chat_template.jinja");
    if (Files.exists(template)) {
      return tokenizer.withChatTemplate(templateOf(template));
    }
    String ofConfig = json == null && config != null ? TokenizerJson.chatTemplate(config) : null;
    return ofConfig == null ? tokenizer : tokenizer.withChatTemplate(ofConfig);
  }

  private static byte @Nullable [] bytesOf(Path file) {
    return Files.exists(file) ? MappedFile.read(file, Tokenizer.FILE_BYTES_MAX) : null;
  }

  private static String templateOf(Path file) throws IOException {
    long bytes = Files.size(file);
    if (bytes > TEMPLATE_BYTES_MAX) {
      throw new ModelFileException(file, bytes + " bytes > " + TEMPLATE_BYTES_MAX);
    }
    return Files.readString(file);
  }
}
