using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace Netcd.Server.Grpc;

/// <summary>
/// Offers a service's methods to the gRPC library so that a request which is no protobuf message gets the code and words of
/// Go's gRPC server; the library itself would call it a failure of the handler.
/// </summary>
/// <param name="bind">Binds the one instance of the service, as the generated code does.</param>
internal sealed class StrictMethods<[DynamicallyAccessedMembers(GrpcServiceMembers.All)] TService>(Action<ServiceBinderBase> bind) : IServiceMethodProvider<TService>
    where TService : class
{
    /// <inheritdoc/>
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TService> context) => bind(new Binder(context));

    private static TRequest Deserialize<TRequest>(Marshaller<TRequest> marshaller, DeserializationContext input)
    {
        try
        {
            return marshaller.ContextualDeserializer(input);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new RpcException(new Status(StatusCode.Internal, LeanCalls.MalformedText(failure)));
        }
    }

    private sealed class Binder(ServiceMethodProviderContext<TService> context) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            context.AddUnaryMethod(Strict(method), [], (_, request, call) => handler!(request, call));

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddServerStreamingMethod(Strict(method), [], (_, request, output, call) => handler!(request, output, call));

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddDuplexStreamingMethod(Strict(method), [], (_, input, output, call) => handler!(input, output, call));

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddClientStreamingMethod(Strict(method), [], (_, input, call) => handler!(input, call));

        private static Method<TRequest, TResponse> Strict<TRequest, TResponse>(Method<TRequest, TResponse> method)
        {
            Marshaller<TRequest> request = method.RequestMarshaller;
            return new Method<TRequest, TResponse>(
                method.Type,
                method.ServiceName,
                method.Name,
                new Marshaller<TRequest>(request.ContextualSerializer, input => Deserialize(request, input)),
                method.ResponseMarshaller);
        }
    }
}
