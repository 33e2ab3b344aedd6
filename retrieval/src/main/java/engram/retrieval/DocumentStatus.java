package engram.retrieval;

public enum DocumentStatus {
  IN_PROGRESS,
  COMPLETED,
  FAILED,
  CANCELLED
}
