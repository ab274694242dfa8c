package org.godwit.it.qemu;

import java.util.List;

/** Machine types with devices enough to fill a stream. No device needs a file of the host. */
enum GuestMachine {
  /** i440FX with PCI devices and USB. */
  PC(
      "pc",
      "pc.ram",
      "-device virtio-blk-pci,drive=d0 -device virtio-net-pci,romfile= -device virtio-rng-pci"
          + " -device virtio-serial-pci -device e1000,romfile= -device piix3-usb-uhci"
          + " -device usb-tablet"),
  /** Q35 with PCI Express devices and USB 3. */
  Q35(
      "q35",
      "pc.ram",
      "-device virtio-blk-pci,drive=d0 -device virtio-rng-pci -device e1000e,romfile="
          + " -device qemu-xhci -device usb-kbd -device pcie-root-port,id=rp0,chassis=1"
          + " -device virtio-serial-pci,bus=rp0"),
  /** The small one, with virtio over memory-mapped registers. */
  MICROVM(
      "microvm",
      "microvm.ram",
      "-device virtio-blk-device,drive=d0 -device virtio-net-device -device virtio-rng-device"
          + " -device virtio-serial-device");

  private static final String DISK = "-drive if=none,id=d0,driver=null-co,size=16M,read-zeroes=on ";

  private final String type;
  private final String mainBlock;
  private final String devices;

  GuestMachine(String type, String mainBlock, String devices) {
    this.type = type;
    this.mainBlock = mainBlock;
    this.devices = devices;
  }

  String type() {
    return type;
  }

  /** Name of the RAM block that begins at guest physical address 0. */
  String mainBlock() {
    return mainBlock;
  }

  List<String> arguments() {
    return List.of((DISK + devices).split(" ", -1));
  }
}
