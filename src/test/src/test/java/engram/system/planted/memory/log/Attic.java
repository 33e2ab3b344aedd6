package engram.system.planted.memory.log;

public class Attic {}
