package engram.api.cli;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StandstillTest {
  @Test
  void workThatGoesOnMayTakeAnyTime() {
    Standstill standstill = new Standstill("documents", Duration.ZERO);
    for (int left = 9; left > 0; left--) {
      int now = left;
      assertThatCode(() -> standstill.look(now)).doesNotThrowAnyException();
    }
  }

  @Test
  void workThatDoesNotIsGivenUpWithWhatIsLeft() {
    Standstill standstill = new Standstill("documents", Duration.ZERO);
    standstill.look(7);
    assertThatThrownBy(() -> standstill.look(7))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("7 documents left");
    Standstill patient = new Standstill("documents", Duration.ofHours(1));
    patient.look(7);
    assertThatCode(() -> patient.look(7)).doesNotThrowAnyException();
  }
}
