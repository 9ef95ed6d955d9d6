// The thinnest loop that sends mails with libcurl: what `deploy/bench mails` measures Relais against.
//
//     bench-mails URL CONNECTIONS MAILS FILE
//
// Sends the message in FILE to as many recipients, over as many connections, each with a thread of its own that keeps it
// from mail to mail: libcurl waits for the answer to a mail inside one call, so that connections in one thread would wait
// for each other. Prints the seconds from the first connection to the last answer; exits 1 when a mail was not accepted.

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct message {
    const char *bytes;
    size_t length, read;
};

static const char *url;
static long mails;
static atomic_long next_mail, accepted;
static struct message whole;

static size_t more(char *buffer, size_t size, size_t count, void *context) {
    struct message *message = context;
    size_t left = message->length - message->read, part = left < size * count ? left : size * count;
    memcpy(buffer, message->bytes + message->read, part);
    message->read += part;
    return part;
}

static void *connection(void *unused) {
    (void)unused;
    struct message message = whole;
    CURL *handle = curl_easy_init();
    if (!handle) return NULL;
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, "loop@bench.example");
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, more);
    curl_easy_setopt(handle, CURLOPT_READDATA, &message);
    for (long mail; (mail = atomic_fetch_add(&next_mail, 1)) < mails;) {
        char address[64];
        snprintf(address, sizeof address, "loop-%ld@bench.example", mail);
        struct curl_slist *recipients = curl_slist_append(NULL, address);
        curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients);
        message.read = 0;
        CURLcode result = curl_easy_perform(handle);
        curl_slist_free_all(recipients);
        if (result == CURLE_OK)
            atomic_fetch_add(&accepted, 1);
        else
            fprintf(stderr, "bench-mails: %s\n", curl_easy_strerror(result));
    }
    // Not cleaned up: the farewell is no part of sending, and the end of the process closes the connection.
    return NULL;
}

static void read_message(const char *path) {
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    whole.bytes = bytes;
    whole.length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
}

int main(int count, char **arguments) {
    int connections = count == 5 ? atoi(arguments[2]) : 0;
    pthread_t threads[100];
    if (connections < 1 || connections > 100) {
        fprintf(stderr, "usage: bench-mails URL CONNECTIONS MAILS FILE\n");
        return 64;
    }
    url = arguments[1];
    mails = atol(arguments[3]);
    read_message(arguments[4]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, connection, NULL)) return 1;
    for (int i = 0; i < connections; i++) pthread_join(threads[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.3f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
    return accepted == mails ? 0 : 1;
}
