package engram.system.planted.inference.tensor;

public class Workshop {}
