/* The guest of the postcopy benchmark: as --32 touching_guest.S -o t.o && ld -m elf_i386 -Ttext 0x100000
 * --oformat binary -e start t.o -o t.bin; TouchingProgram holds the outcome in hex.
 *
 * Fills memory from 16 MiB to the last 8 MiB below its end (or 3 GiB), says F, and then says a dot about once in
 * half a millisecond until port 0xE9 reads 0x0D, which it does only at the destination. There it says D, touches
 * `touches` pages of the filled memory in random order, notes for each the ticks that it took, divided by 16, says L
 * and the notes, and halts. It says all this to the debug port.
 */
	.code32
	.globl start
	.set RESULTS, 0x800000
	.set FIRST, 0x1000000
	.set PORT, 0xE9
header:
	.long 0x1BADB002, 0x00010002, -(0x1BADB002 + 0x00010002)
	.long header, header, end, 0, start
touches: .long 5000
pages:	.long 0
last:	.long 0
random:	.long 1
start:	cli
	cld
	mov	$0x7f000, %esp
	mov	8(%ebx), %eax			/* KiB above 1 MiB */
	cmp	$0x2fc000, %eax
	jbe	1f
	mov	$0x2fc000, %eax
1:	sub	$(15 + 8) * 1024, %eax
	shr	$2, %eax
	mov	%eax, pages
	mov	%eax, %ebx
	mov	$FIRST, %edi
2:	mov	%edi, %eax
	imul	$0x9E3779B1, %eax, %eax
	or	$1, %eax
	mov	$1024, %ecx
	rep stosl
	dec	%ebx
	jnz	2b
	mov	$'F', %al
	out	%al, $PORT
wait:	in	$PORT, %al
	cmp	$0x0D, %al
	je	arrived
	rdtsc
	mov	%eax, %ecx
	sub	last, %ecx
	cmp	$1000000, %ecx
	jb	wait
	mov	%eax, last
	mov	$'.', %al
	out	%al, $PORT
	jmp	wait
arrived: mov	$'D', %al
	out	%al, $PORT
	mov	touches, %ecx			/* the place for the notes is there before the first is taken */
	mov	$RESULTS, %edi
	xor	%eax, %eax
	rep stosl
	mov	$RESULTS, %edi
	mov	touches, %ebp
next:	mov	random, %ebx
3:	imul	$1664525, %ebx, %ebx		/* each number below 2^20 once */
	add	$1013904223, %ebx
	and	$0xfffff, %ebx
	cmp	pages, %ebx
	jae	3b
	mov	%ebx, random
	shl	$12, %ebx
	rdtsc
	mov	%eax, %esi
	mov	%edx, %ecx
	mov	FIRST(%ebx), %bl
	rdtsc
	sub	%esi, %eax
	sbb	%ecx, %edx
	shrd	$4, %edx, %eax
	stosl
	dec	%ebp
	jnz	next
	mov	$'L', %al
	out	%al, $PORT
	mov	touches, %ecx
	shl	$2, %ecx
	mov	$RESULTS, %esi
	mov	$PORT, %edx
	rep outsb
4:	hlt
	jmp	4b
end:
