package org.godwit.shell.program;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.ImageDamage;
import org.godwit.api.machine.ImageDescription;
import org.godwit.api.machine.ImageStore;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.text.WorkProgress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code image}. */
@Command(
    name = "image",
    description = "Show an image: image DIR; or prove it undamaged: image verify DIR.")
final class Image extends ShellCommand {
  private final ImageStore images;

  @Parameters(
      arity = "1..2",
      paramLabel = "[verify] DIR",
      description =
          "Directory of the image; 'verify' before it compares all of it with its digests.")
  private List<String> words = new ArrayList<>();

  Image(ImageStore images) {
    this.images = images;
  }

  @Override
  public void run() throws Exception {
    Path directory = terminal().resolve(words.getLast());
    if (words.equals(List.of("verify")) && !Files.exists(directory)) {
      throw new CommandFailure(
          CommandFailure.USAGE, "verify needs the directory of an image: image verify DIR");
    }
    if (words.size() == 1) {
      show(directory);
    } else if (words.getFirst().equals("verify")) {
      verify(directory);
    } else {
      throw new CommandFailure(
          CommandFailure.USAGE,
          "\"" + words.getFirst() + "\" is no action on images; there is: verify");
    }
  }

  private void show(Path directory) throws Exception {
    ImageDescription image = images.describe(directory);
    if (json()) {
      print(Images.json(image));
    } else {
      Images.print(image, terminal().out());
    }
  }

  private List<ImageDamage> damages(Path directory) throws Exception {
    try (WorkProgress progress = new WorkProgress("verify", terminal().progress())) {
      return images.verify(directory, progress::advanced);
    }
  }

  private void verify(Path directory) throws Exception {
    List<ImageDamage> damages = damages(directory);
    if (json()) {
      print(
          JsonNodeFactory.instance
              .objectNode()
              .put("undamaged", damages.isEmpty())
              .set("damages", Images.json(damages)));
    } else {
      damages.forEach(damage -> say(damage.sentence()));
    }
    if (!damages.isEmpty()) {
      boolean sealed =
          images.describe(directory).blocks().stream().noneMatch(b -> b.sha256().isEmpty());
      throw new CommandFailure(
          "Image %s %s"
              .formatted(directory, sealed ? "is damaged" : "has no digests yet (not sealed)"));
    }
    if (!json()) {
      say("Image %s is undamaged".formatted(directory));
    }
  }
}
