package org.godwit.machine.kvm;

/** The guest's ports: a serial port; all others read as ones. Used by the vCPUs' threads. */
final class Ports {
  private static final int NOTHING = 0xff;

  private final SerialPort serial;

  Ports(SerialPort serial) {
    this.serial = serial;
  }

  void write(int port, int value) {
    if (isSerial(port)) {
      serial.write(port - SerialPort.BASE, value);
    }
  }

  int read(int port) {
    return isSerial(port) ? serial.read(port - SerialPort.BASE) : NOTHING;
  }

  private static boolean isSerial(int port) {
    return port >= SerialPort.BASE && port < SerialPort.BASE + SerialPort.PORTS;
  }
}
