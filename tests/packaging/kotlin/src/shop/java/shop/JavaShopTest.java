package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import cryptopay.client.BlockingCryptopay;
import cryptopay.client.Invoice;
import cryptopay.client.InvoiceParams;
import cryptopay.client.UnauthenticatedException;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A shop in Java with the jar as its only source. */
class JavaShopTest {
  @Test
  void theClassesComeFromTheJar() {
    String place = BlockingCryptopay.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    assertTrue(place.contains("/target/kotlin/repository/io/github/cryptopay-client/cryptopay-client/"), place);
  }

  @Test
  void signedCallsAreBelieved() {
    try (BlockingCryptopay client = BlockingCryptopay.fromEnv().build()) {
      InvoiceParams params =
          InvoiceParams.builder(new BigDecimal("12.50"), "EUR", "BTC").customId("java-1").build();
      Invoice invoice = client.invoices().create(params);
      assertEquals(invoice, client.invoices().retrieve(invoice.getId()));
      assertTrue(client.invoices().list().stream().anyMatch(it -> it.getId().equals(invoice.getId())));
    }
  }

  @Test
  void othersAreNot() {
    Map<String, String> environment = System.getenv();
    try (BlockingCryptopay stranger =
        BlockingCryptopay.builder(environment.get("CRYPTOPAY_ENVIRONMENT"), environment.get("CRYPTOPAY_API_KEY"), "guess")
            .build()) {
      assertThrows(UnauthenticatedException.class, () -> stranger.coins().list());
    }
  }
}
