using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Netcd.Server.Grpc;

namespace Netcd.Micro;

/// <summary>A unary call that can be made again and again without a transport: its answer goes into an array.</summary>
internal sealed class LocalCall : IHttpResponseBodyFeature, IRequestBodyPipeFeature, IHttpResponseTrailersFeature
{
    private readonly DefaultHttpContext http = new();
    private readonly Input input;
    private readonly Output output = new();

    public LocalCall(string path, IMessage request)
    {
        byte[] frame = new byte[Frame.HeadBytes + request.CalculateSize()];
        Frame.WriteHead(frame, frame.Length - Frame.HeadBytes);
        request.WriteTo(frame.AsSpan(Frame.HeadBytes));
        input = new Input(new ReadOnlySequence<byte>(frame));
        http.Features.Set<IHttpResponseBodyFeature>(this);
        http.Features.Set<IRequestBodyPipeFeature>(this);
        http.Features.Set<IHttpResponseTrailersFeature>(this);
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = path;
        http.Request.Protocol = HttpProtocol.Http2;
        http.Request.Method = HttpMethods.Post;
        http.Request.Path = path;
        http.Request.Headers.ContentType = "application/grpc";
        http.Request.Headers.TE = "trailers";
        http.Request.Headers.UserAgent = "grpc-go/1.59.0";
    }

    /// <summary>Bytes that the last answer had.</summary>
    public int AnswerBytes => output.Written;

    public PipeReader Reader => input;

    public PipeWriter Writer => output;

    public Stream Stream => output.AsStream();

    public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();

    /// <summary>The request, as if it had just come in.</summary>
    public HttpContext Begin()
    {
        output.Clear();
        Trailers.Clear();
        http.Response.Headers.Clear();
        return http;
    }

    public void DisableBuffering()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("a call sends no files");

    public Task CompleteAsync() => Task.CompletedTask;

    /// <summary>A body that is there from the start.</summary>
    private sealed class Input(ReadOnlySequence<byte> body) : PipeReader
    {
        public override bool TryRead(out ReadResult result)
        {
            result = new ReadResult(body, isCanceled: false, isCompleted: true);
            return true;
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new ReadResult(body, isCanceled: false, isCompleted: true));

        public override void AdvanceTo(SequencePosition consumed)
        {
        }

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
        }

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }

    /// <summary>Keeps what is written until the next call.</summary>
    private sealed class Output : PipeWriter
    {
        private readonly byte[] buffer = new byte[65_536];

        public int Written { get; private set; }

        public void Clear() => Written = 0;

        public override void Advance(int bytes) => Written += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => buffer.AsMemory(Written);

        public override Span<byte> GetSpan(int sizeHint = 0) => buffer.AsSpan(Written);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new FlushResult(false, false));

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
