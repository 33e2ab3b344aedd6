package engram.system.planted.inference;

public class Engine {}
