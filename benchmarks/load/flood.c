/* flood: new TLS handshakes without end, as many as this core can make.
 *   flood -p PORT [-a SOURCE] [-n SOURCES] [-t THREADS] [-d SECONDS] [-E cert -K key] [-H]
 * Each thread connects (from one of SOURCES addresses, the first is SOURCE), shakes hands, shows the certificate if it
 * has one, and hangs up. -H sends the same ClientHello each time and resets the connection on the first byte of the
 * answer: next to no work here, a private key operation there. Prints: handshakes begun, done, failed, done a second.
 * cc -O2 -o flood flood.c -lssl -lcrypto -lpthread */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int port, hello_only, sources = 1;
static const char *source = "127.0.0.1";
static double end_at;
static SSL_CTX *context;
static char hello[8192];
static int hello_size;

typedef struct { int number; long begun, done, failed; } counts;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void make_hello(void) {
    SSL *ssl = SSL_new(context);
    BIO *out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
    SSL_set_tlsext_host_name(ssl, "localhost");
    SSL_connect(ssl);
    hello_size = BIO_read(out, hello, sizeof hello);
    SSL_free(ssl);
}

static int dial(int number) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct timeval most = {5, 0};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    inet_pton(AF_INET, source, &from.sin_addr);
    from.sin_addr.s_addr = htonl(ntohl(from.sin_addr.s_addr) + number % sources);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    setsockopt(fd, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(fd, (void *)&from, sizeof from) || connect(fd, (void *)&to, sizeof to)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int say_hello(int fd) {
    struct linger reset = {1, 0};
    char byte;
    int ok = write(fd, hello, hello_size) == hello_size && read(fd, &byte, 1) == 1;
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    return ok;
}

static int shake_hands(int fd) {
    SSL *ssl = SSL_new(context);
    int ok;
    SSL_set_fd(ssl, fd);
    SSL_set_tlsext_host_name(ssl, "localhost");
    ok = SSL_connect(ssl) == 1;
    SSL_free(ssl);
    return ok;
}

static void *run(void *argument) {
    counts *count = argument;
    while (now() < end_at) {
        int fd = dial(count->number), ok;
        count->begun++;
        ok = fd >= 0 && (hello_only ? say_hello(fd) : shake_hands(fd));
        if (fd >= 0) close(fd);
        if (ok) count->done++;
        else count->failed++;
    }
    return NULL;
}

int main(int argc, char **argv) {
    int option, threads = 64;
    double seconds = 5, began = now();
    const char *certificate = NULL, *key = NULL;
    while ((option = getopt(argc, argv, "p:a:n:t:d:E:K:H")) > 0) switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'a': source = optarg; break;
        case 'n': sources = atoi(optarg); break;
        case 't': threads = atoi(optarg); break;
        case 'd': seconds = atof(optarg); break;
        case 'E': certificate = optarg; break;
        case 'K': key = optarg; break;
        case 'H': hello_only = 1; break;
        default: return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    context = SSL_CTX_new(TLS_client_method());
    if (certificate && (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
                        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)) {
        fprintf(stderr, "certificate or key can't be used\n");
        return 2;
    }
    make_hello();
    end_at = began + seconds;
    pthread_t *thread = calloc(threads, sizeof *thread);
    counts *count = calloc(threads, sizeof *count), all = {0};
    for (int i = 0; i < threads; i++) count[i].number = i;
    for (int i = 0; i < threads; i++) pthread_create(&thread[i], NULL, run, &count[i]);
    for (int i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        all.begun += count[i].begun;
        all.done += count[i].done;
        all.failed += count[i].failed;
    }
    printf("begun %ld done %ld failed %ld rate %.0f/s\n", all.begun, all.done, all.failed, all.done / (now() - began));
    return 0;
}
