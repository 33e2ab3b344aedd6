package engram.retrieval.parse;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/// The command line of a worker: the same JVM and class path as this process, with its own limits.
final class WorkerCommand {
  private WorkerCommand() {}

  static List<String> of(WorkerSettings settings, Path temporary) {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.add("-Xmx" + settings.heapMiB() + "m");
    command.add("-Xss4m");
    command.add("-XX:MaxMetaspaceSize=256m");
    command.add("-XX:MaxDirectMemorySize=64m");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:-UsePerfData");
    command.add("-Xshare:auto");
    command.add("-Djava.awt.headless=true");
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-Duser.home=" + temporary);
    command.add("-Dpdfbox.fontcache=" + temporary);
    command.add("-Dlogback.configurationFile=engram/retrieval/parse/worker-logback.xml");
    command.add("-Dlog4j2.disable.jmx=true");
    command.addAll(settings.extraJvmArguments());
    String classPath = System.getProperty("java.class.path", "");
    if (isBootJar(classPath)) {
      command.addAll(List.of("-jar", classPath, ParserWorker.ARGUMENT));
    } else {
      command.addAll(List.of("-cp", classPath, ParserWorker.class.getName()));
    }
    return List.copyOf(command);
  }

  private static String java() {
    return Path.of(
            System.getProperty("java.home"),
            "bin",
            File.separatorChar == '\\' ? "java.exe" : "java")
        .toString();
  }

  /// True for an executable jar whose classes only its own launcher can load.
  private static boolean isBootJar(String classPath) {
    if (!classPath.endsWith(".jar") || classPath.contains(File.pathSeparator)) {
      return false;
    }
    try (JarFile jar = new JarFile(classPath)) {
      Manifest manifest = jar.getManifest();
      String main =
          manifest == null
              ? null
              : manifest.getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
      return main != null && main.startsWith("org.springframework.boot.loader.");
    } catch (IOException e) {
      return false;
    }
  }
}
