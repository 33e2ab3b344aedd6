package engram.retrieval;

/// Something does not exist, or does not exist for this caller: the two are told apart nowhere.
public final class NotFoundException extends RuntimeException {
  private final String kind;
  private final String id;

  public NotFoundException(String kind, String id) {
    super("No " + kind + " with id '" + id + "'.");
    this.kind = kind;
    this.id = id;
  }

  public String kind() {
    return kind;
  }

  public String id() {
    return id;
  }
}
