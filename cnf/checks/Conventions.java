import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Checks the house rules that no ready-made tool checks the way this repository states them, over all modules at once:
 *
 * <ul>
 *   <li>every package has a {@code package-info.java};
 *   <li>every public or protected type, method and constructor of a package that carries {@code @Export} is documented;
 *   <li>a file has at most 600 lines, a method at most 60;
 *   <li>no type is called Manager, Helper, Utils or Impl;
 *   <li>{@code java.lang.foreign.Linker} is named in the linux bundle only;
 *   <li>no test sleeps or polls;
 *   <li>every bundle has a {@code README.md};
 *   <li>a bundle's code imports no other room of Godwit than the design allows.
 * </ul>
 *
 * <p>Run as {@code java cnf/checks/Conventions.java ROOT}; the build does. Exit status 1 and one line for each finding
 * if a rule is broken.
 */
public final class Conventions {
  private static final int MAX_FILE_LINES = 600;
  private static final int MAX_METHOD_LINES = 60;
  private static final Pattern EMPTY_NAMES = Pattern.compile(".*(Manager|Helper|Helpers|Utils|Util|Impl)$");
  private static final List<String> POLLING =
      List.of("Thread.sleep(", "parkNanos(", "parkUntil(", "Thread.onSpinWait(", "Thread.yield(");

  /** Waits for states of the engine that nobody tells, with a limit; nothing else may poll. */
  private static final Path EVENTUALLY = Path.of("coordinator", "Eventually.java");

  private static final Set<String> SKIPPED = Set.of("target", ".git", "node_modules", "cnf");

  private final Path root;
  private final Set<String> bundles = new HashSet<>();
  private final Set<Path> exportedDirectories = new HashSet<>();
  private final Set<String> findings = new TreeSet<>();
  private final List<Integer> methodLengths = new ArrayList<>();

  private Conventions(Path root) {
    this.root = root;
  }

  /** Checks the repository whose root is the first argument. */
  public static void main(String[] arguments) throws IOException {
    Path root = Path.of(arguments.length > 0 ? arguments[0] : ".").toAbsolutePath().normalize();
    Conventions conventions = new Conventions(root);
    conventions.check();
    conventions.findings.forEach(System.err::println);
    if (!conventions.findings.isEmpty()) {
      System.err.println(conventions.findings.size() + " convention(s) broken");
      System.exit(1);
    }
  }

  private void check() throws IOException {
    List<Path> sources = sources();
    collectBundles();
    for (Path source : sources) {
      checkText(source);
      checkPackageInfo(source);
    }
    List<CompilationUnitTree> units = new ArrayList<>();
    JavacTask task = parse(sources);
    task.parse().forEach(units::add);
    units.forEach(this::noteExport);
    units.forEach(unit -> new UnitCheck(unit, DocTrees.instance(task)).scan(unit, null));
    report(sources.size());
  }

  private void report(int files) {
    methodLengths.sort(Comparator.naturalOrder());
    int count = methodLengths.size();
    if (count > 0) {
      System.out.printf(
          "conventions: %d files, %d methods, %d lines median, %d lines p90, %d lines longest%n",
          files, count, methodLengths.get(count / 2), methodLengths.get(count * 9 / 10), methodLengths.getLast());
    }
  }

  private List<Path> sources() throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            boolean skip = !directory.equals(root) && SKIPPED.contains(directory.getFileName().toString());
            return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java") && file.toString().contains("/src/")) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }

  private void collectBundles() throws IOException {
    try (var directories = Files.list(root.resolve("bundles"))) {
      directories.filter(directory -> Files.exists(directory.resolve("bnd.bnd"))).forEach(this::checkBundle);
    }
  }

  private void checkBundle(Path bundle) {
    bundles.add(bundle.getFileName().toString());
    if (!Files.exists(bundle.resolve("README.md"))) {
      findings.add(root.relativize(bundle) + ": the bundle has no README.md");
    }
  }

  private JavacTask parse(Collection<Path> sources) {
    var compiler = ToolProvider.getSystemJavaCompiler();
    StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
    Iterable<? extends JavaFileObject> objects = files.getJavaFileObjectsFromPaths(sources);
    return (JavacTask) compiler.getTask(null, files, null, List.of("-proc:none"), null, objects);
  }

  private void checkText(Path source) throws IOException {
    List<String> lines = Files.readAllLines(source);
    if (lines.size() > MAX_FILE_LINES) {
      found(source, MAX_FILE_LINES + 1, "the file has " + lines.size() + " lines, at most " + MAX_FILE_LINES + " are allowed");
    }
    if (!source.startsWith(root.resolve("bundles/org.godwit.linux"))) {
      forbid(source, lines, "java.lang.foreign.Linker", "only the linux bundle may use java.lang.foreign.Linker");
    }
    if (source.toString().contains("/src/test/") && !source.endsWith(EVENTUALLY)) {
      for (String poll : POLLING) {
        forbid(source, lines, poll, "a test waits for what happens; it neither sleeps nor polls");
      }
    }
  }

  private void forbid(Path source, List<String> lines, String text, String reason) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(text)) {
        found(source, i + 1, reason);
      }
    }
  }

  private void checkPackageInfo(Path source) {
    boolean main = source.toString().contains("/src/main/java/");
    if (main && !Files.exists(source.resolveSibling("package-info.java"))) {
      findings.add(root.relativize(source.getParent()) + ": the package has no package-info.java");
    }
  }

  private void noteExport(CompilationUnitTree unit) {
    for (AnnotationTree annotation : unit.getPackageAnnotations()) {
      String name = annotation.getAnnotationType().toString();
      if (name.equals("Export") || name.endsWith(".Export")) {
        exportedDirectories.add(Path.of(unit.getSourceFile().toUri()).getParent());
      }
    }
  }

  private void found(Path source, long line, String text) {
    findings.add(root.relativize(source) + ":" + line + ": " + text);
  }

  /** The bundle that the name of a package or type belongs to, or an empty text where it is none of Godwit's. */
  private String bundleOf(String name) {
    String best = "";
    for (String bundle : bundles) {
      if ((name + ".").startsWith(bundle + ".") && bundle.length() > best.length()) {
        best = bundle;
      }
    }
    return best;
  }

  /** Walks one source file. */
  private final class UnitCheck extends TreePathScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final DocTrees trees;
    private final Path file;
    private final boolean exported;
    private final String ownBundle;

    UnitCheck(CompilationUnitTree unit, DocTrees trees) {
      this.unit = unit;
      this.trees = trees;
      this.file = Path.of(unit.getSourceFile().toUri());
      this.exported = exportedDirectories.contains(file.getParent()) && file.toString().contains("/src/main/java/");
      Path bundlesDirectory = root.resolve("bundles");
      boolean ofBundle = file.startsWith(bundlesDirectory) && file.toString().contains("/src/main/java/");
      this.ownBundle = ofBundle ? bundlesDirectory.relativize(file).getName(0).toString() : "";
    }

    @Override
    public Void visitImport(ImportTree tree, Void unused) {
      String other = bundleOf(tree.getQualifiedIdentifier().toString());
      if (!ownBundle.isEmpty() && !other.isEmpty() && !other.equals(ownBundle) && !allowed(other)) {
        found(file, line(tree), ownBundle + " may not import " + tree.getQualifiedIdentifier());
      }
      return super.visitImport(tree, unused);
    }

    private boolean allowed(String other) {
      return switch (other) {
        case "org.godwit.api" -> !ownBundle.equals("org.godwit.wire") && !ownBundle.equals("org.godwit.linux");
        case "org.godwit.wire" -> !ownBundle.equals("org.godwit.linux") && !ownBundle.equals("org.godwit.api");
        case "org.godwit.linux" -> !Set.of("org.godwit.wire", "org.godwit.api", "org.godwit.coordinator").contains(ownBundle);
        case "org.godwit.transport.descriptor" -> ownBundle.startsWith("org.godwit.transport.");
        case "org.godwit.machine.mapped" -> ownBundle.startsWith("org.godwit.machine.");
        case "org.godwit.userfault.kernel" -> ownBundle.startsWith("org.godwit.userfault.");
        default -> false;
      };
    }

    @Override
    public Void visitClass(ClassTree tree, Void unused) {
      String name = tree.getSimpleName().toString();
      if (EMPTY_NAMES.matcher(name).matches()) {
        found(file, line(tree), "the name " + name + " says nothing; name the type by what it is");
      }
      if (visible(tree.getModifiers()) && !documented()) {
        found(file, line(tree), "exported type " + name + " has no javadoc");
      }
      return super.visitClass(tree, unused);
    }

    @Override
    public Void visitMethod(MethodTree tree, Void unused) {
      long first = line(tree);
      long last = unit.getLineMap().getLineNumber(trees.getSourcePositions().getEndPosition(unit, tree));
      int length = (int) (last - first + 1);
      if (file.toString().contains("/src/main/")) {
        methodLengths.add(length);
      }
      if (length > MAX_METHOD_LINES) {
        found(file, first, tree.getName() + " has " + length + " lines, at most " + MAX_METHOD_LINES + " are allowed");
      }
      if (visible(tree.getModifiers()) && !overrides(tree) && !canonical(tree) && !documented()) {
        found(file, first, "exported method " + tree.getName() + " has no javadoc");
      }
      return super.visitMethod(tree, unused);
    }

    /** True if code of another bundle can see the declaration at the current path. */
    private boolean visible(ModifiersTree modifiers) {
      if (!exported) {
        return false;
      }
      var enclosing = getCurrentPath().getParentPath();
      if (!memberVisible(modifiers, enclosing.getLeaf())) {
        return false;
      }
      for (; enclosing.getLeaf() instanceof ClassTree type; enclosing = enclosing.getParentPath()) {
        if (!memberVisible(type.getModifiers(), enclosing.getParentPath().getLeaf())) {
          return false;
        }
      }
      return enclosing.getLeaf() instanceof CompilationUnitTree;
    }

    private boolean memberVisible(ModifiersTree modifiers, Tree enclosing) {
      Set<Modifier> flags = modifiers.getFlags();
      boolean implicit =
          enclosing.getKind() == Tree.Kind.INTERFACE || enclosing.getKind() == Tree.Kind.ANNOTATION_TYPE;
      return flags.contains(Modifier.PUBLIC)
          || flags.contains(Modifier.PROTECTED)
          || (implicit && !flags.contains(Modifier.PRIVATE));
    }

    private boolean overrides(MethodTree tree) {
      return tree.getModifiers().getAnnotations().stream()
          .anyMatch(annotation -> annotation.getAnnotationType().toString().equals("Override"));
    }

    /** True for the constructors of a record, whose components its own javadoc explains. */
    private boolean canonical(MethodTree tree) {
      return tree.getName().contentEquals("<init>")
          && getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.RECORD;
    }

    private boolean documented() {
      DocCommentTree comment = trees.getDocCommentTree(getCurrentPath());
      return comment != null && !comment.getFullBody().isEmpty();
    }

    private long line(Tree tree) {
      return unit.getLineMap().getLineNumber(trees.getSourcePositions().getStartPosition(unit, tree));
    }
  }
}
