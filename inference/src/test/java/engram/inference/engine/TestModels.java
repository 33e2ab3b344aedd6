package engram.inference.engine;

import engram.inference.KvTier;
import engram.inference.attention.Attention;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.chat.ChatFormat;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.model.Decoder;
import engram.inference.model.GoldenModel;
import engram.inference.model.ModelFile;
import engram.inference.schedule.ModelPool;
import engram.inference.schedule.TextDecoder;
import engram.inference.tensor.ElementType;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Models of random weights as the engine takes them: tokens are numbers, and have no text.
final class TestModels {
  private TestModels() {}

  private record Numbers(int size) implements Vocabulary {
    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
      return text.chars().map(c -> c % size).toArray();
    }

    @Override
    public TextDecoder decoder() {
      return TextDecoder.SILENT;
    }

    @Override
    public TextDecoder decoder(int[] prompt) {
      return TextDecoder.SILENT;
    }

    @Override
    public byte[] bytes(int token) {
      return new byte[0];
    }

    @Override
    public byte[] spelled(int token) {
      return new byte[0];
    }

    @Override
    public ChatFormat chat() {
      throw new IllegalStateException("not asked for");
    }

    @Override
    public Set<Integer> endTokens() {
      return Set.of();
    }
  }

  /// @param layers 0 for all of the model's
  static ModelPool.Source<Loaded> random(
      String golden,
      int layers,
      Path folder,
      int cachedTokens,
      KvType type,
      Kernels kernels,
      @Nullable KvTier tier) {
    return new ModelPool.Source<>(
        1,
        () -> {
          GoldenModel model = GoldenModel.of(golden);
          ObjectNode config = (ObjectNode) model.config().deepCopy();
          if (layers > 0) {
            config.put("num_hidden_layers", layers);
          }
          model.writeFolder(folder, config, ElementType.F32, 1);
          try (ModelFile file = ModelFile.open(folder)) {
            Decoder decoder = Decoder.load(file, 512, kernels);
            return new LoadedModel(
                new DecoderModel(
                    decoder,
                    new PagePool(
                        decoder.layout(type),
                        new MemoryBudget(decoder.layout(KvType.F32).bytes(cachedTokens))),
                    new Attention(kernels.backend(), kernels.pool()),
                    tier == null ? null : new TieredCaches(tier, golden),
                    decoder::close),
                new Numbers(decoder.config().vocabulary()),
                () -> {
                  throw new IllegalStateException("not asked for");
                });
          }
        });
  }
}
