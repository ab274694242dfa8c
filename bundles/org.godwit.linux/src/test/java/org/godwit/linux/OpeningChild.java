package org.godwit.linux;

/** A program that needs userfaultfd: says whether it got one, or why not. */
final class OpeningChild {
  private OpeningChild() {}

  public static void main(String[] arguments) {
    try (FaultDescriptor uffd = FaultDescriptor.open()) {
      System.out.println("opened " + uffd.number());
    } catch (LinuxException e) {
      System.out.println(e.getMessage());
    }
  }
}
