package engram.inference.cache;

/// The budget has no room for the pages that were needed; nothing was changed.
public final class KvCacheFullException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public KvCacheFullException(int pages, PagePool pool) {
    super(
        "no room for "
            + pages
            + " pages of "
            + pool.format().bytes()
            + " bytes: "
            + pool.budget().freeBytes()
            + " of "
            + pool.budget().bytes()
            + " bytes free");
  }
}
