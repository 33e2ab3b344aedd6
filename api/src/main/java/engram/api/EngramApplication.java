package engram.api;

import engram.api.cli.Commands;
import engram.api.cli.Training;
import engram.api.start.PreparedStart;
import engram.retrieval.parse.ParserWorker;
import java.util.Arrays;
import java.util.List;
import org.springdoc.core.configuration.SpringDocJacksonKotlinModuleConfiguration;
import org.springdoc.core.configuration.SpringDocKotlinConfiguration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.persistence.autoconfigure.PersistenceExceptionTranslationAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/// The program: a server by default, or what its first argument names.
///
/// Left out is what the frameworks offer and nothing here uses: users with passwords, transactions
/// by annotation and the proxies for them (a tenth of the start; see [engram.db.Transactions]), and
/// the description of Kotlin types.
@SpringBootApplication(
    exclude = {
      UserDetailsServiceAutoConfiguration.class,
      TransactionAutoConfiguration.class,
      PersistenceExceptionTranslationAutoConfiguration.class,
      AopAutoConfiguration.class,
      SpringDocKotlinConfiguration.class,
      SpringDocJacksonKotlinModuleConfiguration.class
    })
@ConfigurationPropertiesScan
public class EngramApplication {
  public static void main(String[] args) throws Exception {
    String command = args.length == 0 ? "" : args[0];
    if (command.equals(ParserWorker.ARGUMENT)) {
      // What parses hostile files: a process of its own, started by the server.
      ParserWorker.main(Arrays.copyOfRange(args, 1, args.length));
    } else if (Commands.knows(command)) {
      List<String> arguments = List.of(args).subList(1, args.length);
      System.exit(Commands.run(command, arguments, System.out, System.err));
    } else if (command.equals("train")) {
      // What a cache of loaded classes (JEP 514) is recorded from: a start, work, an orderly end.
      try (var server = serve(Arrays.copyOfRange(args, 1, args.length))) {
        Training.on(server.getEnvironment());
      }
    } else {
      serve(args);
    }
  }

  private static ConfigurableApplicationContext serve(String[] settings) {
    SpringApplication server = new SpringApplication(EngramApplication.class);
    server.addListeners(new PreparedStart());
    return server.run(settings);
  }
}
