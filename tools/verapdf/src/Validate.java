import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

import org.verapdf.core.VeraPDFException;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Validates PDF files as veraPDF's own command does with {@code --format text}: a line {@code PASS file 2b} or
 * {@code FAIL file 2b} for each, below a failure the broken rules. Exit code 0 if all pass, 1 if one fails, 2 for a
 * wrong call, 8 for a file that cannot be read as a PDF.
 */
public final class Validate {
    private static final int FAILED = 1, USAGE = 2, UNREADABLE = 8;

    private Validate() {}

    public static void main(String[] arguments) throws IOException {
        List<String> files = new ArrayList<>();
        PDFAFlavour flavour = PDFAFlavour.PDFA_2_B;
        for (int at = 0; at < arguments.length; at++) {
            if (arguments[at].equals("--format") && at + 1 < arguments.length && arguments[at + 1].equals("text")) {
                at++;
            } else if (arguments[at].equals("--flavour") && at + 1 < arguments.length) {
                flavour = PDFAFlavour.byFlavourId(arguments[++at]);
            } else {
                files.add(arguments[at]);
            }
        }
        if (files.isEmpty() || flavour == PDFAFlavour.NO_FLAVOUR || files.stream().anyMatch(f -> f.startsWith("--"))) {
            System.err.println("Usage: verapdf [--flavour 2b] [--format text] FILE.pdf...");
            System.exit(USAGE);
        }
        LogManager.getLogManager().reset(); // its warnings go into the verdict
        Logger.getLogger("").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        int worst = 0;
        for (String file : files) {
            worst = Math.max(worst, validate(Path.of(file), flavour));
        }
        System.exit(worst);
    }

    private static int validate(Path file, PDFAFlavour flavour) throws IOException {
        try (InputStream stream = Files.newInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(stream, flavour, flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            System.out.println((result.isCompliant() ? "PASS " : "FAIL ") + file + " " + flavour.getId());
            broken(result).forEach((rule, example) -> System.out.println("  " + rule + ": " + example));
            return result.isCompliant() ? 0 : FAILED;
        } catch (VeraPDFException error) {
            System.out.println("ERROR " + file + " " + error.getMessage());
            return UNREADABLE;
        }
    }

    /** Each broken rule once, with the first thing that breaks it. */
    private static Map<String, String> broken(ValidationResult result) {
        Map<String, String> rules = new TreeMap<>();
        for (TestAssertion test : result.getTestAssertions()) {
            if (test.getStatus() == TestAssertion.Status.FAILED) {
                String rule = test.getRuleId().getClause() + "-" + test.getRuleId().getTestNumber();
                rules.putIfAbsent(rule, test.getMessage() + " at " + test.getLocation().getContext());
            }
        }
        return rules;
    }
}
